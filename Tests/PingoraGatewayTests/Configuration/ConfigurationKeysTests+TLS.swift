import PingoraCore
import PingoraHTTP
import PingoraProxy
import PingoraTLS

@testable import PingoraGateway

/// Keys of TLS on both sides.
extension ConfigurationKeysTests {
    static let secureKeys: [(path: String, value: String, expected: String, read: Reading)] = [
        (
            "listeners[].tls.certificates[].names", "[a.b, '*.a.b']", "a.b *.a.b",
            listener { $0.options.certificates[0].names.joined(separator: " ") }
        ),
        (
            "listeners[].tls.certificates[].ocsp", "/o", "/o",
            listener { $0.options.certificates[0].ocspResponse ?? "" }
        ),
        (
            "listeners[].tls.profile", "modern", "modern",
            listener { $0.options.profile.rawValue }
        ),
        (
            "listeners[].tls.client_certificates", "required",
            "required(authorities: \"/a\", depth: 3)",
            listener { "\($0.options.clientCertificates)" }
        ),
        (
            "listeners[].tls.client_subject_header", "X-Subject", "X-Subject",
            listener { $0.clientSubjectHeader.map { "\($0)" } ?? "" }
        ),
        ("listeners[].tls.tickets", "4", "4", listener { "\($0.options.ticketCount)" }),
        (
            "listeners[].tls.max_handshakes", "9", "9",
            listener { "\($0.options.maximumHandshakes)" }
        ),
        ("listeners[].tls.ktls", "true", "true", listener { "\($0.options.usesKernel)" }),
        ("listeners[].tls.key_log", "/l", "/l", listener { $0.options.keyLogFile ?? "" }),
        (
            "upstreams.NAME.tls.server_name", "h.example", "h.example",
            upstream { $0.serverName ?? "" }
        ),
        (
            "upstreams.NAME.tls.alternative_name", "a.example", "a.example",
            upstream { $0.alternativeName ?? "" }
        ),
        ("upstreams.NAME.tls.ca", "/a", "/a", upstream { $0.authorities ?? "" }),
        ("upstreams.NAME.tls.verify", "false", "false", upstream { "\($0.verifiesCertificate)" }),
        (
            "upstreams.NAME.tls.verify_host", "false", "false",
            upstream { "\($0.verifiesHostName)" }
        ),
        ("upstreams.NAME.tls.min_version", "1.3", "1.3", upstream { $0.minimumVersion.rawValue }),
        ("upstreams.NAME.tls.ktls", "true", "true", upstream { "\($0.usesKernel)" }),
        ("upstreams.NAME.tls.key_log", "/l", "/l", upstream { $0.keyLogFile ?? "" }),
        ("timeouts.client_handshake", "9s", "9s", { "\($0.proxy.clientHandshake)" }),
    ]

    static let secureRanges: [(path: String, low: [String], high: [String])] = [
        ("listeners[].tls.tickets", ["-1", "0"], ["16", "17"]),
        ("listeners[].tls.max_handshakes", ["0", "1"], ["1000000", "1000001"]),
        ("timeouts.client_handshake", ["0ms", "1ms"], ["24h", "86401s"]),
    ]

    private static func listener(
        _ read: @escaping @Sendable (GatewayConfiguration.ListenerTLS) -> String
    ) -> Reading {
        { $0.secureListeners[$0.listeners[0]].map(read) ?? "" }
    }

    private static func upstream(
        _ read: @escaping @Sendable (TLSClientOptions) -> String
    ) -> Reading {
        { $0.upstreams[0].tls.map(read) ?? "" }
    }
}
