import Testing

@Suite("Limits on clients", .timeLimit(.minutes(1)))
struct ClientLimitTests {
    private func proxy(_ origin: ScriptedOrigin, _ more: String) throws -> RunningProxy {
        try RunningProxy(upstreams: [origin.port], file: more)
    }

    /// Whether the connection is of use: one beyond a limit is closed without a word.
    private func isServed(_ client: RawConnection) -> Bool {
        do {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.readResponse().status == 200
        } catch {
            return false
        }
    }

    @Test("closes a client's connections beyond its limit, and takes new ones when some have ended")
    func perClient() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try proxy(origin, "limits: { connections_per_client: 3 }")
        var clients = try (0..<3).map { _ in try proxy.connect() }
        #expect(clients.allSatisfy(isServed))
        let surplus = try proxy.connect()
        #expect(!isServed(surplus))
        #expect(
            eventually { proxy.process.errors.contains("event=too_many_connections_of_client") })
        clients.removeLast()
        #expect(try eventually { isServed(try proxy.connect()) })
        #expect(clients.allSatisfy(isServed))
    }

    @Test("closes clients beyond the limit of all connections, and serves those it has")
    func total() throws {
        let origin = try ScriptedOrigin.echoing()
        // One client, its connection to the server, and one more client.
        let proxy = try proxy(origin, "limits: { connections: 3 }\ntimeouts: { upstream_idle: 0s }")
        let clients = try (0..<3).map { _ in try proxy.connect() }
        #expect(clients.allSatisfy(isServed))
        let surplus = try proxy.connect()
        #expect(!isServed(surplus))
        #expect(eventually { proxy.process.errors.contains("event=too_many_connections ") })
        #expect(clients.allSatisfy(isServed))
    }

    @Test("answers 408 to a body that comes too slowly, though it never stops")
    func slowBody() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try proxy(
            origin, "timeouts: { client_body: 500ms }\nlimits: { request_body_rate: 1KiB }")
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        var count = 0
        // Each byte comes in time; all together are far too few.
        while count < 200, client.staysQuiet(forSeconds: 0.05) {
            try client.send("x")
            count += 1
        }
        #expect(count < 100)
        #expect(try client.readResponse().status == 408)
    }

    @Test(
        "answers OPTIONS itself where it may pass no more proxies, and counts this one",
        arguments: [("0", "200", nil), ("1", "200", "0"), ("7", "200", "6"), ("x", "400", nil)])
    func maxForwards(value: String, status: String, forwarded: String?) throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let answer = try proxy.exchange(
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: \(value)\r\nConnection: close\r\n\r\n")
        #expect("\(answer.status)" == status)
        #expect(origin.requests.map { $0["max-forwards"] } == (forwarded.map { [$0] } ?? []))
    }
}
