import PingoraCore
import PingoraHTTP
import PingoraTLS

/// TLS as the file says it, in one line for a difference.
enum TLSText {
    /// `0.0.0.0:443 {certificates: [a.pem a.key]}`, one listener after the other.
    @Sendable static func text(
        _ listeners: [SocketAddress: GatewayConfiguration.ListenerTLS]
    ) -> String {
        let texts = listeners.map { "\($0) \(text($1))" }
        return texts.isEmpty ? "none" : texts.sorted().joined(separator: ", ")
    }

    /// What differs from the defaults.
    private static func text(_ tls: GatewayConfiguration.ListenerTLS) -> String {
        let options = tls.options
        let defaults = TLSServerOptions(certificates: [])
        var parts = ["certificates: [\(options.certificates.map(text).joined(separator: ", "))]"]
        if options.profile != defaults.profile { parts.append("profile: \(options.profile)") }
        switch options.clientCertificates {
        case .none: break
        case .optional(let path, _):
            parts += ["client_certificates: optional", "client_ca: \(path)"]
        case .required(let path, _):
            parts += ["client_certificates: required", "client_ca: \(path)"]
        }
        if let name = tls.clientSubjectHeader { parts.append("client_subject_header: \(name)") }
        if options.ticketCount != defaults.ticketCount {
            parts.append("tickets: \(options.ticketCount)")
        }
        if options.maximumHandshakes != defaults.maximumHandshakes {
            parts.append("max_handshakes: \(options.maximumHandshakes)")
        }
        if options.usesKernel { parts.append("ktls: true") }
        if let path = options.keyLogFile { parts.append("key_log: \(path)") }
        return "{\(parts.joined(separator: ", "))}"
    }

    /// `chain key (names) ocsp`.
    private static func text(_ files: TLSCertificateFiles) -> String {
        var parts = [files.chain, files.key]
        if !files.names.isEmpty { parts.append("(\(files.names.joined(separator: " ")))") }
        if let path = files.ocspResponse { parts.append("ocsp \(path)") }
        return parts.joined(separator: " ")
    }
}
