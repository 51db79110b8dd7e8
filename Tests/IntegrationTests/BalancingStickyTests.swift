import Testing

/// Clients that come back to their servers by a cookie.
@Suite("Balancing: sticky sessions", .timeLimit(.minutes(2)))
struct BalancingStickyTests {
    private let directory: TemporaryDirectory
    private let secret: String

    init() throws {
        directory = try TemporaryDirectory()
        secret = try directory.write("secret", "a secret of 27 bytes or so\n")
    }

    private func proxy(_ servers: [String], _ more: String = "") throws -> RunningProxy {
        try RunningProxy(servers, group: "sticky: { cookie: srv, secret_file: \(secret) }\(more)")
    }

    private func ask(_ proxy: RunningProxy, cookie: String?) throws -> Message {
        let client = try proxy.connect()
        let line = cookie.map { "Cookie: a=b; \($0)\r\n" } ?? ""
        try client.send("GET / HTTP/1.1\r\nHost: h\r\n\(line)\r\n")
        return try client.readResponse()
    }

    /// The pair of name and value in a Set-Cookie.
    private func cookie(of answer: Message) throws -> String {
        let set = try #require(answer["Set-Cookie"])
        #expect(set.hasSuffix("; Path=/; HttpOnly; SameSite=Lax"))
        return String(set.prefix { $0 != ";" })
    }

    @Test("lead back, are told once, and are good after a restart and for another proxy")
    func leadBack() throws {
        let origins = try NamedOrigin.named("A", "B", "C")
        let first = try proxy(origins.map(\.address))
        let answers = try (0..<3).map { _ in try ask(first, cookie: nil) }
        #expect(Set(answers.map(\.text)) == ["A", "B", "C"])
        let second = try proxy(origins.map(\.address).reversed())
        for answer in answers {
            let cookie = try cookie(of: answer)
            for proxy in [first, first, second, second] {
                let again = try ask(proxy, cookie: cookie)
                #expect(again.text == answer.text)
                #expect(again["Set-Cookie"] == nil)
            }
        }
    }

    @Test("a drained server keeps its clients and gets no others")
    func drained() throws {
        let origins = try NamedOrigin.named("A", "B")
        let before = try proxy(origins.map(\.address))
        let cookies = try (0..<2).map { _ in try ask(before, cookie: nil) }
        let ofA = try #require(cookies.first { $0.text == "A" })
        let after = try proxy(
            ["{ address: \(origins[0].address), weight: 0 }", origins[1].address])
        for _ in 0..<4 {
            #expect(try ask(after, cookie: cookie(of: ofA)).text == "A")
            #expect(try ask(after, cookie: nil).text == "B")
        }
    }

    @Test("a client whose server is down goes to another, and stays there")
    func down() throws {
        let origins = try NamedOrigin.named("A", "B")
        let proxy = try proxy(origins.map(\.address))
        let answers = try (0..<2).map { _ in try ask(proxy, cookie: nil) }
        let ofA = try #require(answers.first { $0.text == "A" })
        origins[0].manner = .closing
        let moved = try ask(proxy, cookie: cookie(of: ofA))
        #expect(moved.text == "B")
        origins[0].manner = .answering
        let later = try ask(proxy, cookie: cookie(of: moved))
        #expect(later.text == "B" && later["Set-Cookie"] == nil)
    }

    @Test("a cookie that somebody made up leads nowhere, and is replaced")
    func forged() throws {
        let origins = try NamedOrigin.named("A", "B")
        let proxy = try proxy(origins.map(\.address))
        let forged = "srv=" + String(repeating: "0", count: 32)
        let names = try (0..<4).map { _ in
            let answer = try ask(proxy, cookie: forged)
            #expect(try cookie(of: answer) != forged)
            return answer.text
        }
        #expect(Set(names) == ["A", "B"])
    }

    @Test("a secret that is missing or short is found by -t")
    func badSecret() throws {
        for (name, text, expected) in [
            ("short", "fifteen bytes..", "has 15 bytes: expected 16 or more that nobody can guess"),
            ("absent", nil, "lb.yaml:3:"),
        ] {
            let path = try text.map { try directory.write(name, $0) } ?? "/nowhere/secret"
            let file = try directory.write(
                "lb.yaml",
                """
                listeners: [127.0.0.1:0]
                upstreams: { app: { servers: [127.0.0.1:1],
                  sticky: { secret_file: \(path) } } }

                """)
            let process = try ChildProcess(
                RunningProxy.executable, ["-t", "-c", file], in: directory)
            #expect(process.waitForExit() == .code(1))
            #expect(process.errors.contains(expected), "\(process.errors)")
        }
    }
}
