import Testing

/// Proxies whose servers are proxies.
@Suite("Requests that go round", .timeLimit(.minutes(1)))
struct GoingRoundTests {
    private func proxy(on port: UInt16, before server: UInt16) throws -> RunningProxy {
        try RunningProxy(
            file: """
                version: 1
                threads: 1
                listeners: [127.0.0.1:\(port)]
                upstreams: { app: { servers: [127.0.0.1:\(server)] } }

                """)
    }

    @Test("end with 508 once they have passed a proxy eight times, and leave nothing behind")
    func own() throws {
        let port = try TCPSocket.freePort()
        let proxy = try proxy(on: port, before: port)
        #expect(try proxy.get("/a").status == 508)
        #expect(
            try proxy.accessLog(count: 9).map { $0["status"] } == Array(repeating: "508", count: 9))
        #expect(eventually { proxy.process.errors.contains("event=request_goes_round") })
        let upgrade = "Connection: upgrade, Via\r\nUpgrade: foo\r\nVia: 1.0 x\r\n"
        #expect(try proxy.exchange("GET / HTTP/1.1\r\nHost: a\r\n\(upgrade)\r\n").status == 508)
        // A filter's answer: the client may go on.
        let client = try proxy.connect()
        #expect(try client.get("/1").status == 508)
        #expect(try client.get("/2").status == 508)
    }

    @Test("end as well where two proxies send them to each other")
    func pair() throws {
        let (first, second) = (try TCPSocket.freePort(), try TCPSocket.freePort())
        let proxies = [try proxy(on: first, before: second), try proxy(on: second, before: first)]
        #expect(try proxies[0].get("/a").status == 508)
        #expect(try proxies[0].accessLog(count: 5).count == 5)
        #expect(try proxies[1].accessLog(count: 4).count == 4)
    }

    @Test("are told from those that pass three proxies, and seven before them")
    func chain() throws {
        let origin = try ScriptedOrigin.echoing()
        var proxies: [RunningProxy] = []
        for _ in 0..<3 {
            proxies.append(try proxy(on: 0, before: proxies.last?.port ?? origin.port))
        }
        #expect(try proxies[2].get("/a").text == "GET /a\n")
        let hop = "1.1 pingora-lb"
        #expect(origin.requests.first?.values("via") == ["\(hop), \(hop), \(hop)"])
        let seven = Array(repeating: hop, count: 7).joined(separator: ", ")
        let request = "GET /b HTTP/1.1\r\nHost: a\r\nVia: \(seven)"
        #expect(try proxies[0].exchange("\(request)\r\n\r\n").text == "GET /b\n")
        #expect(try proxies[0].exchange("\(request), \(hop)\r\n\r\n").status == 508)
        #expect(try proxies[0].exchange("\(request)\r\nVia: \(hop)\r\n\r\n").status == 508)
    }
}
