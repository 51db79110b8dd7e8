import COpenSSL
import CTLS

/// A certificate that signs itself, for a first try: nobody trusts it, no file holds it, and it is
/// gone with the process.
public enum ThrowawayCertificate {
    /// A week: nobody tries anything for longer.
    private static let days = 7

    /// A certificate with a new P-256 key.
    ///
    /// - Parameter names: whom it is for, as OpenSSL writes it: `DNS:localhost,IP:127.0.0.1`.
    /// - Throws: `TLSError` where OpenSSL can't make one.
    public static func make(
        commonName: String = "localhost", names: String = "DNS:localhost,IP:127.0.0.1,IP:::1"
    ) throws(TLSError) -> TLSCertificateFiles {
        guard let key = unsafe ctls_new_key() else { throw failure() }
        defer { unsafe EVP_PKEY_free(key) }
        guard let certificate = unsafe ctls_self_signed(key, commonName, names, CInt(days)) else {
            throw failure()
        }
        defer { unsafe X509_free(certificate) }
        let chain = try unsafe text { unsafe PEM_write_bio_X509($0, certificate) }
        let keyText = try unsafe text {
            unsafe PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil)
        }
        var files = TLSCertificateFiles(chain: "throwaway certificate", key: "its key")
        files.contents = PEMContents(chain: chain, key: keyText)
        return files
    }

    /// What `write` writes, some KiB.
    private static func text(
        _ write: (OpaquePointer) -> CInt
    ) throws(TLSError) -> [UInt8] {
        guard let memory = unsafe BIO_new(BIO_s_mem()) else { throw failure() }
        defer { unsafe BIO_free(memory) }
        guard unsafe write(memory) == 1 else { throw failure() }
        var bytes = [UInt8](repeating: 0, count: 8192)
        // SAFETY: the call writes as many bytes as it is told, at most.
        let count = unsafe BIO_read(memory, &bytes, CInt(bytes.count))
        return Array(bytes.prefix(Int(max(0, count))))
    }

    private static func failure() -> TLSError {
        .library("throwaway certificate", reason: LibraryErrors.take())
    }
}
