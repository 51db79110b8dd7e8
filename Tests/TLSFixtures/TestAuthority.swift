import COpenSSL
import Glibc

/// A certificate with its key, made for a test: nothing of it lasts.
package final class TestIdentity {
    package let certificate: OpaquePointer
    package let key: OpaquePointer

    /// What a certificate says.
    package struct Request {
        package var commonName = "test"
        /// As OpenSSL writes them: `DNS:example.com,IP:127.0.0.1`.
        package var names: String?
        package var isAuthority = false
        /// Days from now.
        package var from = -1
        package var to = 30

        package init(
            commonName: String = "test", names: String? = nil, isAuthority: Bool = false,
            from: Int = -1, to: Int = 30
        ) {
            self.commonName = commonName
            self.names = names
            self.isAuthority = isAuthority
            self.from = from
            self.to = to
        }
    }

    package init(_ request: Request, issuer: TestIdentity? = nil) throws {
        let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
        defer { EVP_PKEY_CTX_free(context) }
        var generated: OpaquePointer?
        EVP_PKEY_keygen_init(context)
        EVP_PKEY_CTX_set_group_name(context, "P-256")
        guard EVP_PKEY_generate(context, &generated) == 1, let owned = generated,
            let made = X509_new()
        else {
            throw FixtureError("no key")
        }
        key = owned
        certificate = made
        X509_set_version(made, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(made), Int.random(in: 1...(1 << 40)))
        X509_gmtime_adj(X509_getm_notBefore(made), request.from * 86_400)
        X509_gmtime_adj(X509_getm_notAfter(made), request.to * 86_400)
        let subject = X509_get_subject_name(made)
        X509_NAME_add_entry_by_txt(
            subject, "CN", MBSTRING_UTF8, request.commonName, -1, -1, 0)
        let issuerName = issuer.map { X509_get_subject_name($0.certificate) } ?? subject
        X509_set_issuer_name(made, issuerName)
        X509_set_pubkey(made, key)
        add(NID_basic_constraints, request.isAuthority ? "critical,CA:TRUE" : "CA:FALSE", issuer)
        if let names = request.names { add(NID_subject_alt_name, names, issuer) }
        guard X509_sign(made, issuer?.key ?? key, EVP_sha256()) > 0 else {
            throw FixtureError("not signed")
        }
    }

    private func add(_ extensionID: CInt, _ value: String, _ issuer: TestIdentity?) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer?.certificate ?? certificate, certificate, nil, nil, 0)
        let made = X509V3_EXT_conf_nid(nil, &context, extensionID, value)
        X509_add_ext(certificate, made, -1)
        X509_EXTENSION_free(made)
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    /// The certificate as PEM.
    package var certificateText: String { text { PEM_write_bio_X509($0, certificate) } }
    /// The key as PEM, not encrypted.
    package var keyText: String {
        text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }
    /// The key as PEM, encrypted.
    package var encryptedKeyText: String {
        text { PEM_write_bio_PrivateKey($0, key, EVP_aes_128_cbc(), "secret", 6, nil, nil) }
    }

    private func text(_ write: (OpaquePointer?) -> CInt) -> String {
        let memory = BIO_new(BIO_s_mem())
        defer { BIO_free(memory) }
        _ = write(memory)
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = BIO_read(memory, &bytes, CInt(bytes.count))
        return String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self)
    }
}

package struct FixtureError: Error {
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
}
