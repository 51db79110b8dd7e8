import Glibc
import Testing

/// `pingora-lb` with HTTPS for clients: S24 of PINGORA.md, as far as HTTP/1.1 goes.
@Suite("HTTPS for clients")
struct TLSListenerTests {
    private let certificates: CertificateDirectory
    private let origin: ScriptedOrigin

    init() throws {
        certificates = try CertificateDirectory()
        origin = try ScriptedOrigin.echoing()
    }

    private func start(
        _ tls: String, more: String = "", listeners: String = ""
    ) throws -> RunningProxy {
        try RunningProxy(
            file: """
                threads: 2
                listeners: [{ address: 127.0.0.1:0, tls: { \(tls) } }\(listeners)]
                upstreams: { app: { servers: [127.0.0.1:\(origin.port)] } }
                \(more)

                """)
    }

    private func pair(_ files: CertificateDirectory.Files) -> String {
        "certificate: \(files.certificate), key: \(files.key)"
    }

    private func curl(_ port: UInt16, _ name: String, _ flags: String = "") throws -> String {
        try Shell.curl(
            "--cacert \(certificates.authority) --resolve '*:\(port):127.0.0.1' \(flags) "
                + "https://\(name):\(port)/x")
    }

    @Test("curl gets an answer over HTTP/1.1, and servers and the log are told how it came")
    func answer() throws {
        let files = try certificates.make("one", for: "DNS:one.test")
        let proxy = try start(pair(files))
        #expect(try curl(proxy.port, "one.test", "--http1.1") == "GET /x\n")
        #expect(try curl(proxy.port, "one.test", "--tls-max 1.2 --http2") == "GET /x\n")
        #expect(origin.requests.map { $0["x-forwarded-proto"] } == ["https", "https"])
        let log = try proxy.accessLog(count: 2)
        #expect(Set(log.map { $0["tls"] }) == ["TLSv1.3", "TLSv1.2"])
        let old = try curl(proxy.port, "one.test", "--tls-max 1.1 --tlsv1.0")
        #expect(old.hasPrefix("curl: (35)"), "\(old)")
        #expect(try curl(proxy.port, "two.test").contains("curl: (60)"))
    }

    @Test("plain clients of another listener have plain lines, and a plain one of this gets 400")
    func plain() throws {
        let files = try certificates.make("one", for: "DNS:one.test")
        let port = try TCPSocket.freePort()
        let proxy = try start(pair(files), listeners: ", 127.0.0.1:\(port)")
        let plain = try RawConnection(connectingTo: port)
        #expect(try plain.get("/plain", "Connection: close\r\n").status == 200)
        #expect(origin.requests.last?["x-forwarded-proto"] == "http")
        let line = try #require(proxy.process.accessLines(for: "/plain").first)
        #expect(!line.text.contains("tls="))
        #expect(line.text.hasSuffix(" ms=\(line["ms"])"))
        #expect(try proxy.get("/x").status == 400)
        #expect(try curl(proxy.port, "one.test") == "GET /x\n")
    }

    @Test("the name that a client asks for chooses the certificate")
    func names() throws {
        let one = try certificates.make("one", for: "DNS:one.test")
        let two = try certificates.make("two", for: "DNS:two.test,DNS:*.two.test")
        let proxy = try start(
            """
            certificates: [{ chain: \(one.certificate), key: \(one.key) },
            { chain: \(two.certificate), key: \(two.key), names: [two.test, "*.two.test"] }]
            """)
        for (name, subject) in [
            ("one.test", "one"), ("two.test", "two"), ("a.two.test", "two"),
            ("b.a.two.test", "one"),
            ("other.test", "one"), ("TWO.test", "two"),
        ] {
            let shown = try Shell.run(
                "openssl s_client -connect 127.0.0.1:\(proxy.port) -servername \(name) </dev/null"
            ).output
            #expect(shown.contains("subject=CN = \(subject)\n"), "\(name)")
        }
        #expect(try curl(proxy.port, "a.two.test") == "GET /x\n")
    }

    @Test("servers learn the subject of a client's certificate, and of nobody else")
    func clientCertificates() throws {
        let files = try certificates.make("one", for: "DNS:one.test")
        let alice = try certificates.make("alice", for: "DNS:alice.test")
        let stranger = try CertificateDirectory().make("alice", for: "DNS:alice.test")
        let plainPort = try TCPSocket.freePort()
        let proxy = try start(
            pair(files) + ", client_certificates: optional, client_ca: \(certificates.authority)"
                + ", client_subject_header: X-Client-Subject",
            listeners: ", 127.0.0.1:\(plainPort)")
        let forged = "-H 'X-Client-Subject: CN=root' -H 'x_client_subject: CN=root'"
        func show(_ files: CertificateDirectory.Files) -> String {
            "--cert \(files.certificate) --key \(files.key)"
        }
        #expect(try curl(proxy.port, "one.test", "\(forged) \(show(alice))") == "GET /x\n")
        #expect(origin.requests.last?.values("x-client-subject") == ["CN=alice"])
        #expect(origin.requests.last?.values("x_client_subject") == [])
        #expect(try curl(proxy.port, "one.test", forged) == "GET /x\n")
        #expect(origin.requests.last?.values("x-client-subject") == [])
        _ = try Shell.curl("\(forged) http://127.0.0.1:\(plainPort)/")
        #expect(origin.requests.last?.values("x-client-subject") == [])
        #expect(origin.requests.last?.values("x_client_subject") == [])
        let count = origin.requests.count
        #expect(try curl(proxy.port, "one.test", show(stranger)).hasPrefix("curl: ("))
        #expect(origin.requests.count == count)
        try proxy.process.waitForEvent("handshake_failed")
    }

    @Test("a certificate that is required has to be shown")
    func required() throws {
        let files = try certificates.make("one", for: "DNS:one.test")
        let proxy = try start(
            pair(files) + ", client_certificates: required, client_ca: \(certificates.authority)")
        #expect(try curl(proxy.port, "one.test").hasPrefix("curl: ("))
        let flags = "--cert \(files.certificate) --key \(files.key)"
        #expect(try curl(proxy.port, "one.test", flags) == "GET /x\n")
    }

    @Test("sslscan finds nothing old and nothing weak", .enabled(if: access(sslscan, X_OK) == 0))
    func scan() throws {
        let files = try certificates.make("one", for: "DNS:one.test")
        let proxy = try start(pair(files))
        let (report, status) = try Shell.run(
            "\(Self.sslscan) --no-colour --show-certificate 127.0.0.1:\(proxy.port)")
        try #require(status == 0)
        for line in ["SSLv2 ", "SSLv3 ", "TLSv1.0 ", "TLSv1.1 "] {
            #expect(report.contains("\(line.padded(to: 10))disabled"), "\(report)")
        }
        #expect(report.contains("TLSv1.2   enabled") && report.contains("TLSv1.3   enabled"))
        #expect(report.contains("Session renegotiation not supported"))
        // Debian's OpenSSL, with which sslscan looks, can't compress itself.
        #expect(!report.contains("Compression enabled"))
        let ciphers = report.split(separator: "\n").filter {
            $0.hasPrefix("Accepted") || $0.hasPrefix("Preferred")
        }
        #expect(ciphers.count >= 6)
        for cipher in ciphers {
            #expect(cipher.contains("GCM") || cipher.contains("POLY1305"), "\(cipher)")
            #expect(cipher.contains("TLS_") || cipher.contains("ECDHE-"), "\(cipher)")
        }
    }

    private static let sslscan = "/usr/bin/sslscan"

    @Test("silent and slow handshakes end in time, and others are served meanwhile")
    func slowHandshakes() throws {
        let files = try certificates.make("one", for: "DNS:one.test")
        let proxy = try start(pair(files), more: "timeouts: { client_handshake: 300ms }")
        let silent = try (0..<20).map { _ in try proxy.connect() }
        // The first bytes of a record with a handshake, which never ends.
        for client in silent { try client.send([0x16, 3, 1, 2, 0]) }
        #expect(try curl(proxy.port, "one.test") == "GET /x\n")
        for client in silent { _ = try client.waitForEnd() }
        try proxy.process.waitForEvent("handshake_failed")
    }

    @Test("secrets are written where the file says so, and only there")
    func keyLog() throws {
        let files = try certificates.make("one", for: "DNS:one.test")
        let path = certificates.path + "/secrets"
        let proxy = try start(pair(files) + ", key_log: \(path)")
        #expect(try curl(proxy.port, "one.test") == "GET /x\n")
        #expect(try Shell.run("cat \(path)").output.contains("CLIENT_TRAFFIC_SECRET_0 "))
        #expect(try Shell.run("stat -c %a \(path)").output == "600\n")
    }

    @Test("a demonstration serves HTTPS one port above, with a certificate of its own")
    func demo() throws {
        var found: RunningProxy?
        // The port above a free one may be taken: then try again.
        for _ in 0..<10 where found == nil {
            let port = try TCPSocket.freePort()
            found = try? RunningProxy(
                ["--demo", "--threads", "1", "--listen", "127.0.0.1:\(port)"],
                in: TemporaryDirectory())
        }
        let proxy = try #require(found)
        let port = proxy.port + 1
        #expect(eventually { proxy.process.output.contains("  Stop with Ctrl-C.") })
        #expect(proxy.process.output.contains("  listen    127.0.0.1:\(port)  TLS\n"))
        #expect(proxy.process.output.contains("  curl --insecure https://127.0.0.1:\(port)\n"))
        let answer = try Shell.curl("--insecure https://localhost:\(port)/")
        #expect(answer.hasPrefix("Hello from demo server "))
        #expect(answer.contains("X-Forwarded-Proto: https"))
        let shown = try Shell.run(
            "openssl s_client -connect 127.0.0.1:\(port) </dev/null 2>/dev/null"
                + " | openssl x509 -noout -ext subjectAltName"
        ).output
        for name in ["DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1"] {
            #expect(shown.contains(name), "\(shown)")
        }
    }
}

extension String {
    /// With spaces behind it, up to a width.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
