import Testing

/// WebSocket and other upgrades.
@Suite("Tunnels")
struct TunnelTests {
    private static let upgrade =
        "GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n"
    private static let switching =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n"

    @Test("carry WebSocket messages both ways, with a client and a server we did not write")
    func webSocket() throws {
        let server = try PythonProcess.startServer(
            ["-c", WebSocketScripts.server], in: TemporaryDirectory())
        let proxy = try RunningProxy(upstreams: [server.port])
        let client = try PythonProcess.start(
            ["-c", WebSocketScripts.client, "\(proxy.port)"], in: TemporaryDirectory())
        let exit = client.waitForExit()
        #expect(exit == .code(0), "\(client.errors)")
        #expect(
            client.output.split(separator: "\n") == [
                "text", "binary", "large", "ping", "hundred", "closed 1000 bye",
            ])
        let log = try proxy.accessLog(count: 1)
        #expect(log[0]["status"] == "101")
    }

    @Test("begin when the server agrees, not before")
    func notBefore() throws {
        let gate = Gate()
        let origin = try ScriptedOrigin { connection in
            let head = try connection.wire.take(through: "\r\n\r\n")
            guard head != nil, connection.wire.staysQuiet(forSeconds: 0.1) else {
                throw HarnessError("bytes came before the tunnel was there")
            }
            gate.open()
            try connection.wire.send(TunnelTests.switching + "welcome")
            let bytes = try connection.wire.take(5)
            try connection.wire.send([0x3e] + bytes)
            try connection.stall()
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send(TunnelTests.upgrade + "\r\n\u{0}\u{1}\r\n\n")
        gate.wait()
        #expect(try client.readHead()?.status == 101)
        #expect(try client.take(13) == Array("welcome>\u{0}\u{1}\r\n\n".utf8))
        #expect(origin.failures.isEmpty)
    }

    @Test("pass the end of each direction on by itself")
    func halves() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send(TunnelTests.switching)
            let bytes = try connection.wire.takeAll()
            try connection.wire.send(bytes.reversed())
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send(TunnelTests.upgrade + "\r\n")
        #expect(try client.readHead()?.status == 101)
        try client.send("abc")
        client.finishSending()
        #expect(try client.takeAll() == Array("cba".utf8))
        #expect(client.ending == .closed)
        #expect(eventually { origin.openCount == 0 })
    }

    @Test(
        "that the server refuses leave a connection that speaks HTTP",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
            "HTTP/1.1 200 OK\r\nUpgrade: foo\r\nContent-Length: 2\r\n\r\nno",
            "HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: foo\r\nContent-Length: 2\r\n\r\nno",
            "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno",
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
        ])
    func refused(response: String) throws {
        let origin = try ScriptedOrigin { connection in
            while let request = try connection.nextRequest() {
                if request.target == "/up" {
                    try connection.wire.send(response)
                } else {
                    try connection.answer(request)
                }
            }
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send(
            TunnelTests.upgrade
                + "\r\nGET /admin HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n")
        #expect(try client.readResponse().text == "no")
        // What looked like the tunnel's first bytes is the next request, and is treated as one.
        #expect(try client.readResponse().text == "GET /admin\n")
        let second = try #require(origin.requests.first { $0.target == "/admin" })
        #expect(second.values("x-forwarded-for") == ["127.0.0.1"])
        #expect(origin.requests.count == 2)
    }

    @Test(
        "are not asked for in ways that are no upgrade",
        arguments: [
            "GET /up HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n",
            "GET /up HTTP/1.1\r\nHost: a\r\nUpgrade: foo\r\n\r\n",
            "GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n",
            "GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                + "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        ])
    func ignored(request: String) throws {
        let origin = try ScriptedOrigin { connection in
            while let request = try connection.nextRequest() {
                guard request.values("upgrade").isEmpty, request.values("http2-settings").isEmpty
                else { return try connection.wire.send(TunnelTests.switching) }
                try connection.answer(request)
            }
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        #expect(try proxy.exchange(request).text == "GET /up\n")
        #expect(try proxy.get("/next").text == "GET /next\n")
    }

    @Test("that nobody asked for end both connections with 502")
    func unasked() throws {
        let origin = try ScriptedOrigin(answering: TunnelTests.switching)
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readResponse().status == 502)
        #expect(try client.waitForEnd() == .closed)
        #expect(eventually { origin.openCount == 0 })
    }

    @Test(
        "begin after the body of the request that asked for them",
        arguments: [
            "Content-Length: 5\r\n\r\nhello",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ])
    func withBody(body: String) throws {
        let origin = try ScriptedOrigin { connection in
            let request = try connection.nextRequest()
            guard request?.text == "hello" else { throw HarnessError("another body") }
            try connection.wire.send(TunnelTests.switching)
            let bytes = try connection.wire.take(6)
            try connection.wire.send(bytes.reversed())
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("POST" + TunnelTests.upgrade.dropFirst(3) + body + "tun")
        #expect(try client.readHead()?.status == 101)
        try client.send("nel")
        #expect(try client.takeAll() == Array("lennut".utf8))
        #expect(origin.failures.isEmpty)
    }

    @Test("that begin before the body of their request has come still pass all of it")
    func beforeBody() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send(TunnelTests.switching)
            let bytes = try connection.wire.take(11)
            try connection.wire.send(bytes.reversed())
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("POST" + TunnelTests.upgrade.dropFirst(3) + "Content-Length: 5\r\n\r\n")
        #expect(try client.readHead()?.status == 101)
        try client.send("hellotunnel")
        let bytes = try client.takeAll()
        #expect(bytes == Array("lennutolleh".utf8))
    }

    @Test("that break are torn down on both sides", arguments: [true, false])
    func broken(byClient: Bool) throws {
        let gate = Gate()
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send(TunnelTests.switching)
            guard !byClient else { return try connection.stall() }
            gate.wait()
            connection.wire.reset()
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let start = try #require(proxy.process.descriptorCount)
        let client = try proxy.connect()
        try client.send(TunnelTests.upgrade + "\r\n")
        #expect(try client.readHead()?.status == 101)
        if byClient {
            client.reset()
        } else {
            gate.open()
            // Nothing of HTTP has a place in a tunnel any more.
            let bytes = try client.takeAll()
            #expect(bytes.isEmpty, "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(eventually { origin.openCount == 0 })
        client.close()
        #expect(proxy.returns(toDescriptors: start))
    }
}
