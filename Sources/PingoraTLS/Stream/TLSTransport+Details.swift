import COpenSSL
import CTLS
package import PingoraCore

extension TLSTransport {
    package var details: TransportDetails {
        let ssl = unsafe ctls_ssl(stream)
        var details = TransportDetails()
        details.version = unsafe String(cString: SSL_get_version(ssl))
        if let cipher = unsafe SSL_get_current_cipher(ssl),
            let name = unsafe SSL_CIPHER_get_name(cipher)
        {
            details.cipher = unsafe String(cString: name)
        }
        if let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) {
            // What is no name is none that anything may be decided by.
            details.serverName = HostName.normalized(unsafe String(cString: name))
        }
        details.applicationProtocol = unsafe TLSTransport.applicationProtocol(of: ssl)
        details.isResumed = unsafe SSL_session_reused(ssl) == 1
        if let certificate = unsafe SSL_get1_peer_certificate(ssl).map({
            unsafe Certificate(owning: $0)
        }) {
            details.peerSubject = certificate.subject
            details.peerFingerprint = certificate.fingerprint
        }
        return details
    }

    private static func applicationProtocol(of ssl: OpaquePointer) -> String? {
        var name: UnsafePointer<UInt8>?
        var count: CUnsignedInt = 0
        unsafe SSL_get0_alpn_selected(ssl, &name, &count)
        guard let start = unsafe name, count > 0 else { return nil }
        // SAFETY: the name belongs to the stream, which is alive.
        let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(count))
        return unsafe String(decoding: bytes, as: UTF8.self)
    }
}
