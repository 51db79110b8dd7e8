import COpenSSL
import CTLS
import PingoraCore

extension TLSTransport {
    /// Shakes hands on the connection's task, and becomes its transport.
    ///
    /// - Parameter threads: what computes; nil: this thread.
    /// - Throws: `TransportError`; the peer has got an alert where it can understand one.
    func handshake(
        on connection: Connection, until deadline: MonotonicTime,
        with threads: TLSHandshakeThreads? = nil
    ) async throws(TransportError) {
        while connection.isOpen {
            let result = await step(on: connection, with: threads)
            switch Int(result) {
            case 1:
                connection.transport = self
                return
            case CTLS_WANT_READ, CTLS_WANT_WRITE:
                // An event that came while another thread computed has woken nobody.
                let wanted: Readiness = Int(result) == CTLS_WANT_READ ? .readable : .writable
                if connection.allows(wanted) { continue }
                guard await connection.waitOnTask(until: deadline) else { throw .timedOut }
            default: throw failure(result)
            }
        }
        throw .closed
    }

    /// One step as far as it goes without waiting.
    private func step(
        on connection: Connection, with threads: TLSHandshakeThreads?
    ) async -> CInt {
        let readiness = connection.takeReadiness()
        // A step without bytes of the peer's computes nothing.
        if let threads, readiness.contains(.readable) {
            let (result, left) = await unsafe threads.step(stream, readiness)
            connection.giveBack(left)
            return result
        }
        var raw = readiness.rawValue
        let result = unsafe ctls_handshake(stream, &raw)
        connection.giveBack(Readiness(rawValue: raw))
        return result
    }

    private func failure(_ result: CInt) -> TransportError {
        switch Int(result) {
        case CTLS_SOCKET_FAILED:
            return .system(SystemError(call: "handshake", code: unsafe ctls_socket_error(stream)))
        case CTLS_TRUNCATED, CTLS_END: return .closed
        default: break
        }
        let verified = unsafe SSL_get_verify_result(ctls_ssl(stream))
        guard verified != X509_V_OK else {
            // OpenSSL's words for what begins like GET or CONNECT; it sends no alert then.
            let isPlain = reason == "http request" || reason == "https proxy request"
            return isPlain ? .plainRequest : .failed(reason)
        }
        return .untrusted(TLSTransport.text(ofVerification: CInt(truncatingIfNeeded: verified)))
    }

    /// Why a certificate was not accepted.
    static func text(ofVerification code: CInt) -> String {
        switch code {
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: "wrong host name"
        case X509_V_ERR_CERT_HAS_EXPIRED: "expired"
        case X509_V_ERR_CERT_NOT_YET_VALID: "not yet valid"
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: "self-signed"
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            "signed by an unknown authority"
        default: unsafe String(cString: X509_verify_cert_error_string(CLong(code)))
        }
    }
}
