import Glibc
import Testing

/// `pingora-lb` before servers that speak TLS: S3 and S4 of PINGORA.md part 4, B11 to B15 of
/// part 2.
@Suite("Servers over TLS")
struct TLSUpstreamTests {
    private let certificates: CertificateDirectory

    init() throws {
        certificates = try CertificateDirectory()
    }

    /// nginx that shows `files`, asks clients for a certificate if it is told to, and says what
    /// came: the name asked for, the Host, the subject of the client, and the connection.
    private func origin(
        _ files: CertificateDirectory.Files, more: String = ""
    ) throws -> (nginx: NginxOrigin, port: UInt16) {
        let port = try TCPSocket.freePort()
        let nginx = try NginxOrigin(
            "plain",
            servers: """
                server {
                    listen 127.0.0.1:\(port) ssl;
                    ssl_certificate \(files.certificate);
                    ssl_certificate_key \(files.key);
                    default_type text/plain;
                    \(more)
                    location / {
                        set $asked "$ssl_server_name|$http_host|$ssl_client_s_dn";
                        return 200 "$asked|$connection|$ssl_client_verify";
                    }
                }
                """)
        return (nginx, port)
    }

    private func start(_ groups: [(name: String, port: UInt16, keys: String)]) throws
        -> RunningProxy
    {
        let upstreams = groups.map { group in
            "  \(group.name): { servers: [127.0.0.1:\(group.port)], \(group.keys) }"
        }
        let routes = groups.map { group in
            "  - { match: { host: \(group.name) }, upstream: \(group.name) }"
        }
        return try RunningProxy(
            file: """
                threads: 1
                log_level: debug
                listeners: [127.0.0.1:0]
                upstreams:
                \(upstreams.joined(separator: "\n"))
                routes:
                \(routes.joined(separator: "\n"))

                """)
    }

    private func get(_ proxy: RunningProxy, _ host: String) throws -> Message {
        try proxy.exchange("GET / HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
    }

    @Test("S3, S4: Host and SNI are those of the file, the authority is verified")
    func hostHeader() throws {
        let files = try certificates.make("one", for: "DNS:one.one.one.one")
        let (nginx, port) = try origin(files)
        let tls = "tls: { ca: \(certificates.authority) }"
        let proxy = try start([
            ("a", port, "host_header: one.one.one.one, \(tls)"),
            ("b", port, "tls: { server_name: one.one.one.one, ca: \(certificates.authority) }"),
        ])
        let answer = try get(proxy, "a")
        #expect(answer.status == 200)
        #expect(answer.text.hasPrefix("one.one.one.one|one.one.one.one||"))
        #expect(try get(proxy, "b").text.hasPrefix("one.one.one.one|b||"))
        withExtendedLifetime(nginx) {}
    }

    /// A certificate, what the file says of it, and what the log calls it.
    struct Refusal: CustomTestStringConvertible, Sendable {
        var title: String
        var names = "DNS:one.test"
        var time = CertificateDirectory.Time.now
        var isSelfSigned = false
        var isKnown = true
        var reason: String
        var testDescription: String { title }
    }

    static let refusals = [
        Refusal(title: "wrong name", names: "DNS:two.test", reason: "wrong host name"),
        Refusal(
            title: "unknown authority", isKnown: false, reason: "signed by an unknown authority"),
        Refusal(title: "expired", time: .past, reason: "expired"),
        Refusal(title: "not yet valid", time: .future, reason: "not yet valid"),
        Refusal(title: "self-signed", isSelfSigned: true, reason: "self-signed"),
    ]

    @Test(
        "S4: a certificate that is not what it should be is a 502, and the log says why",
        arguments: refusals)
    func refused(row: Refusal) throws {
        let files =
            row.isSelfSigned
            ? try certificates.makeSelfSigned("own", for: row.names)
            : try certificates.make("server", for: row.names, good: row.time)
        let (nginx, port) = try origin(files)
        let foreign = try CertificateDirectory()
        defer { withExtendedLifetime(foreign) {} }
        let known = row.isKnown ? certificates.authority : foreign.authority
        let proxy = try start([
            ("a", port, "tls: { server_name: one.test, ca: \(known) }"),
            ("blind", port, "tls: { verify: false }"),
        ])
        let answer = try get(proxy, "a")
        #expect(answer.status == 502)
        let line = try #require(proxy.process.accessLines(for: "/").first)
        #expect(line.text.contains("certificate not accepted: \(row.reason)"), "\(line.text)")
        #expect(line["status"] == "502")
        // B11: with nothing verified and no name, it is served.
        #expect(try get(proxy, "blind").status == 200)
        withExtendedLifetime(nginx) {}
    }

    @Test("a server whose certificate is wrong is passed over for one whose is right")
    func failover() throws {
        let good = try origin(try certificates.make("good", for: "DNS:one.test"))
        let bad = try origin(try certificates.make("bad", for: "DNS:two.test"))
        let proxy = try RunningProxy(
            file: """
                listeners: [127.0.0.1:0]
                upstreams:
                  app:
                    servers: [127.0.0.1:\(bad.port), 127.0.0.1:\(good.port)]
                    tls: { server_name: one.test, ca: \(certificates.authority) }

                """)
        for _ in 0..<4 { #expect(try proxy.get().status == 200) }
        withExtendedLifetime((good.nginx, bad.nginx)) {}
    }

    @Test("B11 to B13: names with underscores, and alternative names")
    func names() throws {
        let files = try certificates.make("wild", for: "DNS:app.test,DNS:*.wild.test")
        let (nginx, port) = try origin(files)
        let rows: [(name: String, keys: String, status: Int)] = [
            ("a", "server_name: app.test", 200), ("b", "server_name: a_b.wild.test", 200),
            ("c", "server_name: a.b_c.test", 502),
            ("d", "server_name: app.test, verify_host: false", 200),
            ("e", "server_name: other.test, verify_host: false", 200),
            ("f", "server_name: other.test, alternative_name: app.test", 200),
            ("g", "server_name: other.test, alternative_name: a.b_c.test", 502),
            ("h", "alternative_name: app.test", 200), ("i", "server_name: other.test", 502),
        ]
        let proxy = try start(
            rows.map { ($0.name, port, "tls: { ca: \(certificates.authority), \($0.keys) }") })
        for row in rows {
            let answer = try get(proxy, row.name)
            #expect(answer.status == row.status, "\(row.keys)")
            #expect(answer.status == 200 || answer["connection"] == "close", "\(row.keys)")
        }
        withExtendedLifetime(nginx) {}
    }

    @Test("B14: a server that asks for a certificate gets it, with its chain")
    func clientCertificate() throws {
        let files = try certificates.make("one", for: "DNS:one.test")
        let (nginx, port) = try origin(
            files,
            more: "ssl_verify_client on; ssl_client_certificate \(certificates.authority);")
        let foreign = try CertificateDirectory()
        defer { withExtendedLifetime(foreign) {} }
        let stranger = try foreign.make("mallory", for: "DNS:mallory.test")
        let base = "server_name: one.test, ca: \(certificates.authority)"
        func shown(_ files: CertificateDirectory.Files) -> String {
            "tls: { \(base), certificate: \(files.certificate), key: \(files.key) }"
        }
        let proxy = try start([
            ("none", port, "tls: { \(base) }"), ("stranger", port, shown(stranger)),
            ("known", port, shown(files)),
        ])
        #expect(try get(proxy, "none").status == 400)
        #expect(try get(proxy, "stranger").status == 400)
        let answer = try get(proxy, "known")
        #expect(answer.status == 200)
        #expect(answer.text.contains("|CN=one|") && answer.text.hasSuffix("|SUCCESS"))
        withExtendedLifetime(nginx) {}
    }

    @Test("B15: a connection is reused where everything is equal, and only there")
    func reuse() throws {
        let files = try certificates.make("one", for: "DNS:one.test")
        let other = try certificates.make("other", for: "DNS:other.test")
        let (nginx, port) = try origin(
            files,
            more: "ssl_verify_client optional; ssl_client_certificate \(certificates.authority);")
        let base = "server_name: one.test, ca: \(certificates.authority)"
        let proxy = try start([
            ("base", port, "tls: { \(base) }"), ("same", port, "tls: { \(base) }"),
            (
                "cert", port,
                "tls: { \(base), certificate: \(files.certificate), key: \(files.key) }"
            ),
            (
                "cert2", port,
                "tls: { \(base), certificate: \(other.certificate), key: \(other.key) }"
            ),
            ("blind", port, "tls: { \(base), verify: false }"),
            ("nohost", port, "tls: { \(base), verify_host: false }"),
            ("alt", port, "tls: { \(base), alternative_name: two.test }"),
        ])
        func connection(_ host: String) throws -> Substring {
            let answer = try get(proxy, host)
            try #require(answer.status == 200)
            return answer.text.split(separator: "|", omittingEmptySubsequences: false)[3]
        }
        let first = try connection("base")
        #expect(try connection("base") == first)
        #expect(try connection("same") == first)
        var seen: Set<Substring> = [first]
        for host in ["cert", "cert2", "blind", "nohost", "alt"] {
            let number = try connection(host)
            #expect(seen.insert(number).inserted, "\(host)")
            #expect(try connection(host) == number, "\(host)")
        }
        withExtendedLifetime(nginx) {}
    }

    @Test("health checks make connections secure, and find out who is not who it should be")
    func healthChecks() throws {
        let (nginx, port) = try origin(try certificates.make("one", for: "DNS:one.test"))
        for check in ["{ path: / , interval: 100ms }", "{ interval: 100ms }"] {
            let proxy = try start([
                (
                    "good", port,
                    "tls: { server_name: one.test, ca: \(certificates.authority) },"
                        + " health_check: \(check)"
                ),
                (
                    "bad", port,
                    "tls: { server_name: two.test, ca: \(certificates.authority) },"
                        + " health_check: \(check)"
                ),
            ])
            #expect(try eventually { try get(proxy, "bad").status == 503 })
            #expect(try get(proxy, "good").status == 200)
            #expect(proxy.process.errors.contains("wrong host name"))
        }
        withExtendedLifetime(nginx) {}
    }
}
