import Testing

@Suite("Interim responses")
struct InterimResponseTests {
    private static let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    private static let final = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test("passes early hints on, one or several", arguments: [1, 2, 10])
    func hints(count: Int) throws {
        let hints = String(repeating: InterimResponseTests.hints, count: count)
        let origin = try ScriptedOrigin(answering: hints + InterimResponseTests.final)
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        for _ in 0..<2 {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.readResponse()
            #expect(answer.interim.map(\.status) == (0..<count).map { _ in 103 })
            #expect(answer.interim.allSatisfy { $0["link"] == "</a.css>" })
            #expect(answer.text == "ok")
        }
        #expect(origin.acceptCount == 1)
    }

    @Test("passes early hints on before the final response is there")
    func early() throws {
        let gate = Gate()
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send(InterimResponseTests.hints)
            gate.wait()
            try connection.wire.send(InterimResponseTests.final)
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readHead()?.status == 103)
        gate.open()
        #expect(try client.readResponse().text == "ok")
    }

    @Test("sends none to a client of HTTP/1.0")
    func oldClient() throws {
        let origin = try ScriptedOrigin(
            answering: InterimResponseTests.hints + InterimResponseTests.final)
        let proxy = try RunningProxy(upstreams: [origin.port])
        let answer = try proxy.exchange("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        #expect(answer.interim.isEmpty)
        #expect(answer.text == "ok")
    }

    @Test("ends the patience with a server that sends nothing else")
    func endless() throws {
        let origin = try ScriptedOrigin(
            answering: String(repeating: InterimResponseTests.hints, count: 1000)
                + InterimResponseTests.final)
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try client.readResponse()
        #expect(answer.status == 502)
        #expect(answer.interim.count < 1000)
        #expect(proxy.process.isAlive)
    }

    @Test("lets the client wait for 100 Continue, and its body pass after it")
    func expectation() throws {
        let origin = try ScriptedOrigin { connection in
            guard let head = try connection.wire.readHead(), head["expect"] == "100-continue"
            else { throw HarnessError("no expectation") }
            guard connection.wire.staysQuiet(forSeconds: 0.05) else {
                throw HarnessError("the body came unasked")
            }
            try connection.wire.send("HTTP/1.1 100 Continue\r\n\r\n")
            let body = try connection.wire.take(5)
            try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            try connection.wire.send(body)
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        #expect(try client.readHead()?.status == 100)
        try client.send("hello")
        #expect(try client.readResponse().text == "hello")
        #expect(origin.failures.isEmpty)
    }

    @Test("passes a refusal on in place of 100 Continue, and stays in step")
    func refusedExpectation() throws {
        let origin = try ScriptedOrigin { connection in
            while let head = try connection.wire.readHead() {
                guard head.method == "POST" else { return try connection.answer(head) }
                try connection.wire.send("HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno")
            }
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        let answer = try client.readResponse()
        #expect(answer.status == 417)
        #expect(answer.text == "no")
        // Whether the body comes is open now: the connection can't go on.
        #expect(answer["connection"] == "close")
        #expect(try proxy.get("/next").text == "GET /next\n")
    }

    @Test("curl's own expectation works against nginx")
    func curl() throws {
        let origin = try NginxOrigin("A", locations: "location /put { return 200 put; }")
        let proxy = try RunningProxy(upstreams: [origin.port])
        let directory = try TemporaryDirectory()
        let body = try directory.write("body", String(repeating: "x", count: 100_000))
        let curl = try ChildProcess(
            "/usr/bin/curl",
            [
                "-s", "--max-time", "20", "-H", "Expect: 100-continue", "--data-binary", "@\(body)",
                "http://127.0.0.1:\(proxy.port)/put",
            ], in: directory)
        #expect(curl.waitForExit() == .code(0))
        #expect(curl.output == "put")
    }
}
