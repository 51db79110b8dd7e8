import PingoraCore
import PingoraHTTP
import PingoraTLS
import Testing

@testable import PingoraGateway

/// TLS on both sides.
extension DifferenceCompletenessTests {
    static let secure: [(path: String, says: String, change: Change)] = [
        (
            "secureListeners", "listeners[].tls ",
            { $0.secureListeners[$0.listeners[0]] = .init(TLSServerOptions(certificates: [])) }
        ),
        ("upstreams.tls.serverName", "tls.server_name ", tls { $0.serverName = "x" }),
        (
            "upstreams.tls.alternativeName", "tls.alternative_name ",
            tls { $0.alternativeName = "x" }
        ),
        (
            "upstreams.tls.verifiesCertificate", "tls.verify ",
            tls { $0.verifiesCertificate = false }
        ),
        ("upstreams.tls.verifiesHostName", "tls.verify_host ", tls { $0.verifiesHostName = false }),
        ("upstreams.tls.authorities", "tls.ca ", tls { $0.authorities = "/x" }),
        (
            "upstreams.tls.certificate.chain", "tls.certificate ",
            tls { $0.certificate?.chain = "/x" }
        ),
        ("upstreams.tls.certificate.key", "tls.key ", tls { $0.certificate?.key = "/x" }),
        ("upstreams.tls.minimumVersion", "tls.min_version ", tls { $0.minimumVersion = .tls13 }),
        ("upstreams.tls.keyLogFile", "tls.key_log ", tls { $0.keyLogFile = "/x" }),
        ("upstreams.tls.usesKernel", "tls.ktls ", tls { $0.usesKernel = true }),
    ]

    private static func tls(
        _ change: @escaping @Sendable (inout TLSClientOptions) -> Void
    ) -> Change {
        { configuration in
            guard var options = configuration.upstreams[0].tls else { return }
            change(&options)
            configuration.upstreams[0].tls = options
        }
    }
}

@Suite("TLSText")
struct TLSTextTests {
    typealias ListenerTLS = GatewayConfiguration.ListenerTLS

    /// Each stored property, a change of it, and what the text says of that.
    private static let rows:
        [(property: String, says: String, change: @Sendable (inout ListenerTLS) -> Void)] = [
            ("clientSubjectHeader", "client_subject_header: X", { $0.clientSubjectHeader = "X" }),
            ("profile", "profile: modern", { $0.options.profile = .modern }),
            (
                "clientCertificates", "client_certificates: required, client_ca: /a",
                { $0.options.clientCertificates = .required(authorities: "/a") }
            ),
            ("ticketCount", "tickets: 0", { $0.options.ticketCount = 0 }),
            ("maximumHandshakes", "max_handshakes: 9", { $0.options.maximumHandshakes = 9 }),
            ("keyLogFile", "key_log: /l", { $0.options.keyLogFile = "/l" }),
            ("usesKernel", "ktls: true", { $0.options.usesKernel = true }),
            ("chain", "[/x /k]", { $0.options.certificates[0].chain = "/x" }),
            ("key", "[/c /x]", { $0.options.certificates[0].key = "/x" }),
            (
                "names", "[/c /k (a.b *.c.d)]",
                { $0.options.certificates[0].names = ["a.b", "*.c.d"] }
            ),
            ("ocspResponse", "[/c /k ocsp /o]", { $0.options.certificates[0].ocspResponse = "/o" }),
        ]

    /// What gathers others, or no key sets.
    private static let others: Set<String> = ["options", "certificates", "protocols", "contents"]

    @Test("tells listeners apart that differ in anything a file can say", arguments: rows.indices)
    func complete(index: Int) {
        let row = Self.rows[index]
        let base = ListenerTLS(TLSServerOptions(certificates: [.init(chain: "/c", key: "/k")]))
        var changed = base
        row.change(&changed)
        let address = SocketAddress.ipv4(0x7f00_0001, port: 443)
        #expect(TLSText.text([address: base]) == "127.0.0.1:443 {certificates: [/c /k]}")
        let text = TLSText.text([address: changed])
        #expect(text.contains(row.says), "\(text)")
        let stored: [Any] = [base, base.options, base.options.certificates[0]]
        let labels = stored.flatMap { Mirror(reflecting: $0).children.compactMap(\.label) }
        #expect(Set(labels) == Self.others.union(Self.rows.map(\.property)))
    }
}
