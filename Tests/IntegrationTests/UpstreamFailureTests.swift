import Glibc
import Testing

/// Origins that fail in every way, and what the client sees of it.
@Suite("Failing upstream servers")
struct UpstreamFailureTests {
    /// What an origin does to the first request, and what the client must get.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: ScriptedOrigin.Script

        init(_ name: String, _ script: @escaping ScriptedOrigin.Script) {
            testDescription = name
            self.script = script
        }

        /// Answers with these bytes and closes.
        init(_ name: String, answering bytes: String) {
            self.init(name) { connection in
                _ = try connection.nextRequest()
                try connection.wire.send(bytes)
            }
        }
    }

    private static let broken = [
        Row("closes at once") { $0.wire.close() },
        Row("resets at once") { $0.wire.reset() },
        Row("closes before it answers") { connection in _ = try connection.nextRequest() },
        Row("resets before it answers") { connection in
            _ = try connection.nextRequest()
            connection.wire.reset()
        },
        Row("resets in its head") { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Le")
            connection.wire.reset()
        },
        Row("closes in its head", answering: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"),
        Row("closes after 103", answering: "HTTP/1.1 103 Early Hints\r\n\r\n"),
        Row("speaks SSH", answering: "SSH-2.0-OpenSSH_9.2\r\n"),
        Row("speaks TLS", answering: "\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}\u{46}"),
        Row("speaks HTTP/0.9", answering: "<html></html>\r\n\r\n"),
        Row("speaks HTTP/2", answering: "\u{0}\u{0}\u{0}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}\r\n\r\n"),
        Row("has status 000", answering: "HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n"),
        Row("has status 99999", answering: "HTTP/1.1 99999 No\r\nContent-Length: 0\r\n\r\n"),
        Row("has no status", answering: "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"),
        Row("switches unasked", answering: "HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        Row("has two lengths", answering: answer("Content-Length: 2\r\nContent-Length: 3", "ok!")),
        Row(
            "has length and coding",
            answering: answer(
                "Transfer-Encoding: chunked\r\nContent-Length: 30", "0\r\n\r\n")),
        Row("has an unknown coding", answering: answer("Transfer-Encoding: gzip", "x")),
        Row("has two codings", answering: answer("Transfer-Encoding: gzip, chunked", "0\r\n\r\n")),
        Row("is chunked twice", answering: answer("Transfer-Encoding: chunked, chunked", "x")),
        Row("has a negative length", answering: answer("Content-Length: -1", "x")),
        Row("has a huge length", answering: answer("Content-Length: 99999999999999999999", "x")),
        Row("folds a field", answering: answer("X: a\r\n b\r\nContent-Length: 0", "")),
        Row("has no colon", answering: answer("X a\r\nContent-Length: 0", "")),
        Row("has a NUL", answering: answer("X: \u{0}\r\nContent-Length: 0", "")),
        Row("has line feeds only", answering: "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
        Row(
            "has a long field",
            answering: answer(
                "X: \(String(repeating: "a", count: 1 << 20))", "")),
        Row(
            "has many fields",
            answering: answer(
                String(repeating: "a: b\r\n", count: 100_000) + "c: d", "")),
    ]

    @Test("become 502, and the next request is answered", arguments: broken)
    func badGateway(row: Row) throws {
        let origin = try ScriptedOrigin { connection in
            if connection.index == 0 { try row.script(connection) } else { try connection.echo() }
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try client.readResponse()
        #expect(answer.status == 502)
        #expect(answer.body.isEmpty)
        #expect(answer["connection"] == "close")
        #expect(try client.waitForEnd() == .closed)
        for number in 0..<3 { #expect(try proxy.get("/\(number)").text == "GET /\(number)\n") }
        let log = try proxy.accessLog(count: 4)
        let first = try #require(log.first { $0["target"] == "/first" })
        #expect(first["status"] == "502")
        #expect(first.text.contains("error="))
        #expect(log.filter { $0["status"] == "200" }.count == 3)
        #expect(origin.requests.filter { $0.target == "/first" }.count <= 1)
    }

    private static let cut = [
        Row("less than its length", answering: answer("Content-Length: 10", "hello")),
        Row("no last chunk", answering: answer("Transfer-Encoding: chunked", "5\r\nhello\r\n")),
        Row("half a chunk", answering: answer("Transfer-Encoding: chunked", "6\r\nhello")),
        Row(
            "half a trailer",
            answering: answer(
                "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\nX: y\r\n")),
        Row(
            "no size", answering: answer("Transfer-Encoding: chunked", "5\r\nhello\r\nz\r\n")),
        Row(
            "too long a chunk",
            answering: answer(
                "Transfer-Encoding: chunked", "5\r\nhello!!\r\n0\r\n\r\n")),
        Row("a reset") { connection in
            _ = try connection.nextRequest()
            try connection.wire.send(answer("Content-Length: 10", "hello"))
            usleep(20_000)
            connection.wire.reset()
        },
        Row("a reset without length") { connection in
            _ = try connection.nextRequest()
            try connection.wire.send(answer("X: y", "hello"))
            usleep(20_000)
            connection.wire.reset()
        },
    ]

    @Test("cut the response where they cut theirs: the client can tell", arguments: cut)
    func truncated(row: Row) throws {
        let origin = try ScriptedOrigin { connection in
            if connection.index == 0 { try row.script(connection) } else { try connection.echo() }
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
        do {
            let answer = try client.readResponse()
            // What was wrong was seen before anything was sent.
            #expect(answer.status == 502)
        } catch {
            #expect(client.ending != nil)
        }
        for number in 0..<3 { #expect(try proxy.get("/\(number)").text == "GET /\(number)\n") }
        let log = try proxy.accessLog(count: 4)
        let first = try #require(log.first { $0["target"] == "/first" })
        #expect(first.text.contains("error="))
        #expect(origin.requests.filter { $0.target == "/first" }.count == 1)
    }

    @Test("cut the response to a client of HTTP/1.0 with a reset, the only sign it knows")
    func truncatedForOldClient() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send(answer("Transfer-Encoding: chunked", "5\r\nhello\r\n"))
            usleep(20_000)
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        #expect(try client.waitForEnd() == .reset)
    }

    @Test("that refuse become 502 at once, also for a request with a body")
    func refused() throws {
        let dead = try ReservedPort()
        let proxy = try RunningProxy(upstreams: [dead.port])
        #expect(try proxy.get().status == 502)
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhello")
        #expect(try client.readResponse().status == 502)
        client.finishSending()
        #expect(try client.waitForEnd() == .closed)
        #expect(
            try proxy.exchange("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", method: "HEAD").status == 502)
    }

    /// What is sent on a connection that was used before and then ends without an answer.
    struct Reused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: String
        let isRetried: Bool
        let resets: Bool
    }

    private static let reused = [true, false].flatMap { resets in
        [
            ("GET", "GET /second HTTP/1.1\r\nHost: a\r\n\r\n", true),
            ("HEAD", "HEAD /second HTTP/1.1\r\nHost: a\r\n\r\n", true),
            ("DELETE", "DELETE /second HTTP/1.1\r\nHost: a\r\n\r\n", true),
            ("POST", "POST /second HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", false),
            ("POST without body", "POST /second HTTP/1.1\r\nHost: a\r\n\r\n", false),
            ("PATCH", "PATCH /second HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", false),
        ].map { name, request, isRetried in
            Reused(
                testDescription: "\(name), \(resets ? "reset" : "closed")", request: request,
                isRetried: isRetried, resets: resets)
        }
    }

    @Test(
        "that end a reused connection get an idempotent request again, others not",
        arguments: reused)
    func retries(row: Reused) throws {
        let origin = try ScriptedOrigin { connection in
            guard connection.index == 0 else { return try connection.echo() }
            guard let first = try connection.nextRequest() else { return }
            try connection.answer(first)
            _ = try connection.nextRequest()
            if row.resets { connection.wire.reset() }
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readResponse().status == 200)
        try client.send(row.request)
        let method = row.testDescription.hasPrefix("HEAD") ? "HEAD" : "GET"
        #expect(try client.readResponse(to: method).status == (row.isRetried ? 200 : 502))
        let seen = origin.requests.filter { $0.target == "/second" }
        #expect(seen.count == (row.isRetried ? 2 : 1))
        #expect(try proxy.get("/third").text == "GET /third\n")
        let log = try proxy.accessLog(count: 3)
        let second = try #require(log.first { $0["target"] == "/second" })
        #expect(second["tries"] == (row.isRetried ? "2" : "1"))
    }

    @Test("that stop reading the request have their answer passed on")
    func stopsReading() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send("HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nbig")
            connection.wire.finishSending()
            usleep(50_000)
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        for _ in 0..<5 {
            let client = try proxy.connect()
            try? client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n")
            try? client.send(Pattern.bytes(100_000))
            let answer = try client.readResponse()
            #expect(answer.status == 413)
            #expect(answer.text == "big")
        }
    }

    @Test("that say close are not used again, and answer all the same")
    func saysClose() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send(answer("Content-Length: 2\r\nConnection: close", "ok"))
            try connection.stall()
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        for _ in 0..<5 {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.readResponse()
            #expect(answer.text == "ok")
            #expect(answer["connection"] == nil)
        }
        #expect(origin.acceptCount == 5)
        #expect(eventually { origin.openCount == 0 })
    }
}

private func answer(_ fields: String, _ body: String) -> String {
    "HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n\(body)"
}
