import Glibc
import Testing

/// Request bodies of every framing, as an origin gets them.
@Suite("Framing of requests")
struct RequestBodyTests {
    @Test(
        "passes a body on to the byte, by length", arguments: [0, 1, 4095, 4096, 65536, 1_000_003])
    func length(count: Int) throws {
        let body = Pattern.bytes(count)
        try exchange(
            Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n".utf8) + body,
            body)
    }

    @Test("passes a body on to the byte, in chunks", arguments: [1, 7, 1000, 100_000])
    func chunks(size: Int) throws {
        let body = Pattern.bytes(max(3 * size + 1, 50))
        var bytes = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        var rest = body[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(size)
            bytes += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [13, 10]
            rest = rest.dropFirst(size)
        }
        try exchange(bytes + Array("0\r\n\r\n".utf8), body)
    }

    private func exchange(_ bytes: [UInt8], _ body: [UInt8]) throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        for _ in 0..<2 {
            try client.send(bytes)
            let answer = try client.readResponse()
            #expect(answer.body == Array("POST /\n".utf8) + body)
        }
        #expect(origin.acceptCount == 1)
        for request in origin.requests {
            #expect(request.body == body)
            #expect(
                request.values("content-length").count + request.values("transfer-encoding").count
                    == 1)
        }
    }

    @Test("makes the same of a request whatever its segments")
    func split() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        let request =
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: y\r\n\r\n"
        for byte in Array((request + request).utf8) {
            try client.send([byte])
            sched_yield()
        }
        #expect(try client.readResponse().text == "POST /a\nabcde")
        #expect(try client.readResponse().text == "POST /a\nabcde")
        #expect(origin.requests.map { $0.trailers.count } == [1, 1])
    }

    @Test("answers pipelined requests in their order")
    func pipelined() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        let requests = (0..<20).map { number in
            number % 3 == 0
                ? "POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
                : "GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n"
        }
        try client.send(requests.joined())
        for number in 0..<20 {
            let expected = number % 3 == 0 ? "POST /\(number)\nbody" : "GET /\(number)\n"
            #expect(try client.readResponse().text == expected)
        }
        #expect(client.staysQuiet(forSeconds: 0.01))
        #expect(origin.acceptCount == 1)
    }

    @Test("answers thousands of pipelined requests with bounded memory")
    func manyPipelined() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port], logLevel: "info")
        let client = try proxy.connect()
        try client.send(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 3000))
        for _ in 0..<3000 { #expect(try client.readResponse().status == 200) }
        #expect(try #require(proxy.process.peakMemoryKiB) < 50 * 1024)
    }

    @Test("answers a client that has ended its sending side")
    func halfClosed() throws {
        let origin = try NginxOrigin("A")
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        client.finishSending()
        #expect(try client.readResponse().text == "A")
        #expect(try client.waitForEnd() == .closed)
    }

    @Test("answers a half-closed client whose server takes its time")
    func halfClosedAndSlow() throws {
        let gate = Gate()
        let origin = try ScriptedOrigin { connection in
            guard let request = try connection.nextRequest() else { return }
            gate.wait()
            try connection.answer(request)
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
        client.finishSending()
        #expect(client.staysQuiet(forSeconds: 0.1))
        gate.open()
        #expect(try client.readResponse().text == "POST /a\nhi")
    }

    @Test("relays an early answer while the upload still runs, and ends the connection")
    func earlyAnswer() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send(
                "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
            )
            connection.wire.finishSending()
            try connection.stall()
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nfirst")
        let answer = try client.readResponse()
        #expect(answer.status == 413)
        #expect(answer.text == "no")
        #expect(answer["connection"] == "close")
        client.finishSending()
        #expect(try client.waitForEnd() == .closed)
    }

    @Test("lets a client that is still sending end in peace after an early answer")
    func lingers() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "first")
            try connection.wire.send(
                "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
            try connection.stall()
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nfirst")
        _ = try proxy.accessLog(count: 1)
        // A socket that is closed answers the first of these with a reset, which destroys what the
        // client has not read yet; the next ones then fail.
        var isReset = false
        for _ in 0..<5 {
            do {
                try client.send([UInt8](repeating: 0, count: 1000))
            } catch {
                isReset = true
            }
            usleep(10_000)
        }
        #expect(!isReset)
    }

    @Test("relays an early answer in full to a client that does not stop to send")
    func earlyAnswerToDeafClient() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            let body = [UInt8](repeating: 0x61, count: 100_000)
            try connection.wire.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 100000\r\n\r\n")
            try connection.wire.send(body)
            // A close with the upload unread would reset the rest of the answer.
            try connection.stall()
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        for _ in 0..<5 {
            let client = try proxy.connect()
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
            // What the proxy will not read must not destroy the answer on its way.
            for _ in 0..<20 {
                try? client.send([UInt8](repeating: 0, count: 10_000))
                usleep(500)
            }
            let answer = try client.readResponse()
            #expect(answer.status == 400)
            #expect(answer.body.count == 100_000)
        }
    }
}
