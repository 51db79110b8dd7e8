import COpenSSL
import CTLS
import PingoraCore

/// The one owner of an `SSL_CTX`: what connections have in common.
///
/// @unchecked: OpenSSL counts references to a context and locks what changes in it; we change it
/// only before another thread sees it.
@safe final class LibraryContext: @unchecked Sendable {
    let pointer: OpaquePointer
    private let keyLog: KeyLogFile?

    /// A context for servers or clients that speak TLS 1.`minimumVersion` and newer.
    init(
        isServer: Bool, minimumVersion: CInt, keyLogFile: String? = nil, usesKernel: Bool = false
    ) throws(TLSError) {
        keyLog = try keyLogFile.map { (path) throws(TLSError) in try KeyLogFile(path) }
        guard let made = unsafe ctls_context(isServer ? 1 : 0, minimumVersion) else {
            throw .library("TLS context", reason: LibraryErrors.take())
        }
        unsafe pointer = unsafe made
        if let keyLog { unsafe ctls_log_keys(pointer, keyLog.number) }
        if usesKernel { unsafe ctls_allow_kernel_tls(pointer) }
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// Shows `chain`, whose key fits.
    func use(_ chain: borrowing CertificateChain) throws(TLSError) {
        var isDone = unsafe SSL_CTX_use_certificate(pointer, chain.certificates[0].pointer) == 1
        isDone = unsafe isDone && SSL_CTX_use_PrivateKey(pointer, chain.key.pointer) == 1
        for certificate in chain.certificates.dropFirst() {
            isDone =
                unsafe isDone && ctls_add_chain_certificate(pointer, certificate.pointer) == 1
        }
        guard isDone else { throw .file(chain.files.chain, reason: LibraryErrors.take()) }
    }

    /// Trusts the certificates of a PEM file.
    func trust(_ path: String) throws(TLSError) {
        // The errors of this are precise, OpenSSL's are not.
        let certificates = try PEMFile.certificates(path)
        let store = unsafe SSL_CTX_get_cert_store(pointer)
        for certificate in certificates {
            guard unsafe X509_STORE_add_cert(store, certificate.pointer) == 1 else {
                throw .file(path, reason: LibraryErrors.take())
            }
        }
    }

    /// The result of a call that succeeds with 1.
    func check(_ result: CInt, _ what: String) throws(TLSError) {
        guard result != 1 else { return }
        throw .library(what, reason: LibraryErrors.take())
    }
}
