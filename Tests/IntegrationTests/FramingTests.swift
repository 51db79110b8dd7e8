import Glibc
import Testing

/// Responses of every framing, as a client gets them from origins that answer to the byte.
@Suite("Framing of responses")
struct FramingTests {
    /// What an origin answers, and what the client must make of it.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let method: String
        let response: String
        let status: Int
        let body: String

        init(_ name: String, _ method: String, _ response: String, _ status: Int, _ body: String) {
            testDescription = name
            (self.method, self.response) = (method, response)
            (self.status, self.body) = (status, body)
        }
    }

    private static let rows = [
        Row("length", "GET", "200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
        Row("length 0", "GET", "200 OK\r\nContent-Length: 0\r\n\r\n", 200, ""),
        Row("no reason", "GET", "200 \r\nContent-Length: 2\r\n\r\nok", 200, "ok"),
        Row(
            "chunks", "GET",
            "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", 200, "abc"
        ),
        Row("no chunk", "GET", "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, ""),
        Row("HEAD with length", "HEAD", "200 OK\r\nContent-Length: 5\r\n\r\n", 200, ""),
        Row("HEAD without length", "HEAD", "200 OK\r\n\r\n", 200, ""),
        Row("HEAD with chunks", "HEAD", "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, ""),
        Row("204", "DELETE", "204 No Content\r\n\r\n", 204, ""),
        Row("304", "GET", "304 Not Modified\r\nETag: \"a\"\r\n\r\n", 304, ""),
        Row("304 with length", "GET", "304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, ""),
        Row("404", "GET", "404 Not Found\r\nContent-Length: 4\r\n\r\nnone", 404, "none"),
        Row("unknown status", "GET", "599 Odd\r\nContent-Length: 3\r\n\r\nodd", 599, "odd"),
        Row("PUT", "PUT", "201 Created\r\nContent-Length: 0\r\n\r\n", 201, ""),
    ]

    @Test("passes a response on and keeps both connections", arguments: rows)
    func response(row: Row) throws {
        let origin = try ScriptedOrigin(answering: "HTTP/1.1 " + row.response)
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        for _ in 0..<3 {
            try client.send("\(row.method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            let answer = try client.readResponse(to: row.method)
            #expect(answer.status == row.status)
            #expect(answer.text == row.body)
            #expect(answer.values("connection").isEmpty)
        }
        #expect(client.staysQuiet(forSeconds: 0.01))
        #expect(origin.acceptCount == 1)
    }

    @Test("sends what HEAD and 304 say of a body that does not come")
    func lengthWithoutBody() throws {
        let origin = try ScriptedOrigin(answering: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        let proxy = try RunningProxy(upstreams: [origin.port])
        let answer = try proxy.exchange("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", method: "HEAD")
        #expect(answer.contentLength == 5)
    }

    @Test("sends one framing field and one date", arguments: rows)
    func fields(row: Row) throws {
        let origin = try ScriptedOrigin(answering: "HTTP/1.1 " + row.response)
        let proxy = try RunningProxy(upstreams: [origin.port])
        let answer = try proxy.exchange(
            "\(row.method) / HTTP/1.1\r\nHost: a\r\n\r\n", method: row.method)
        let framing = answer.values("content-length") + answer.values("transfer-encoding")
        #expect(framing.count <= 1)
        if row.status == 204 { #expect(framing.isEmpty) }
        #expect(answer.values("date").count == 1)
    }

    @Test(
        "ends a body that ends with its connection, for HTTP/1.1 in chunks",
        arguments: [5, 300_000])
    func untilClose(count: Int) throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 200 OK\r\n\r\n")
            try connection.wire.send([UInt8](repeating: 0x61, count: count))
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        for _ in 0..<2 {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.readResponse()
            #expect(answer.isChunked)
            #expect(answer.body == [UInt8](repeating: 0x61, count: count))
        }
        #expect(origin.acceptCount == 2)
    }

    @Test("takes a whole body from a server of HTTP/1.0")
    func oldServer() throws {
        let directory = try TemporaryDirectory()
        let text = String(repeating: "All work and no play.\n", count: 5000)
        _ = try directory.write("page.txt", text)
        let server = try PythonProcess.startServer(
            ["-m", "http.server", "--bind", "127.0.0.1", "--directory", directory.path, "0"],
            in: TemporaryDirectory())
        let proxy = try RunningProxy(upstreams: [server.port])
        let client = try proxy.connect()
        for _ in 0..<3 {
            try client.send("GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readResponse().text == text)
            try client.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readResponse().status == 404)
        }
        #expect(server.process.isAlive)
    }

    @Test(
        "sends no chunks to a client of HTTP/1.0",
        arguments: [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "2\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        ])
    func oldClient(response: String) throws {
        let origin = try ScriptedOrigin(answering: response)
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        let answer = try client.readResponse()
        #expect(answer.values("transfer-encoding").isEmpty)
        #expect(answer.text == "abc")
        #expect(answer["connection"] == "close")
        #expect(try client.waitForEnd() == .closed)
    }

    @Test("keeps a connection of HTTP/1.0 where the client asks and the length is known")
    func oldClientKeptAlive() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        for number in 0..<3 {
            try client.send("GET /\(number) HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
            let answer = try client.readResponse()
            #expect(answer["connection"] == "keep-alive")
            #expect(answer.text == "GET /\(number)\n")
        }
    }

    @Test("passes trailers on")
    func trailers() throws {
        let origin = try ScriptedOrigin(
            answering: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                + "3\r\nabc\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n")
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        for _ in 0..<2 {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n")
            let answer = try client.readResponse()
            #expect(answer.text == "abc")
            #expect(answer.trailers.map(\.name) == ["X-Sum"])
            #expect(answer.trailers.map(\.value) == ["1"])
        }
    }

    @Test("makes the same of a response whatever its segments")
    func split() throws {
        let response = Array(
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "1;x=y\r\na\r\n2\r\nbc\r\n0\r\nX: y\r\n\r\n").utf8)
        let origin = try ScriptedOrigin { connection in
            while try connection.nextRequest() != nil {
                for byte in response {
                    try connection.wire.send([byte])
                    sched_yield()
                }
            }
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        for _ in 0..<5 {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readResponse().text == "abc")
        }
        #expect(origin.acceptCount == 1)
    }

    @Test("does not reuse a connection with bytes behind its response")
    func surplus() throws {
        let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        let origin = try ScriptedOrigin(
            answering: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + evil)
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        for _ in 0..<10 {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readResponse().text == "ok")
        }
        #expect(client.staysQuiet(forSeconds: 0.01))
        #expect(origin.acceptCount == 10)
    }

    @Test("does not reuse a connection that spoke while it was idle")
    func unasked() throws {
        let origin = try ScriptedOrigin { connection in
            while let request = try connection.nextRequest() {
                try connection.answer(request)
                usleep(20_000)
                try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            }
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        for number in 0..<5 {
            #expect(try proxy.get("/\(number)").text == "GET /\(number)\n")
            #expect(eventually { origin.openCount == 0 })
        }
    }
}
