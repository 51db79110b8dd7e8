import Testing

/// A descriptor that is forgotten in one request in a thousand ends the process in a week.
@Suite("Descriptors")
struct DescriptorTests {
    /// Something that goes wrong, many times.
    struct Burst: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What the client sends; it then ends its side, and reads what comes, or resets.
        let request: String
        let isReset: Bool
        let script: ScriptedOrigin.Script

        init(
            _ name: String, _ request: String, reset: Bool = false,
            _ script: @escaping ScriptedOrigin.Script = { try $0.echo() }
        ) {
            testDescription = name
            (self.request, self.isReset, self.script) = (request, reset, script)
        }
    }

    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"
    private static let upgrade =
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n"

    private static let bursts = [
        Burst("nothing wrong", get),
        Burst("no request", ""),
        Burst("bad request", "GET\r\n\r\n"),
        Burst("half a head", "GET / HTTP/1.1\r\nHost"),
        Burst("half a body", post + "hello"),
        Burst("bad chunk", SmugglingRow.chunkedHead + "x\r\n"),
        Burst("reset after nothing", "", reset: true),
        Burst("reset after half a head", "GET / HTTP/1.1\r\nHost", reset: true),
        Burst("reset after half a body", post + "hello", reset: true),
        Burst("reset after a request", get, reset: true),
        Burst("closed by the server", get) { _ = try $0.nextRequest() },
        Burst("reset by the server", get) { connection in
            _ = try connection.nextRequest()
            connection.wire.reset()
        },
        Burst("reset at once by the server", post + "123456789") { $0.wire.reset() },
        Burst("garbage", get) { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("garbage\r\n\r\n")
        },
        Burst("cut response", get) { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
        },
        Burst("surplus", get) { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nhello")
            try connection.stall()
        },
        Burst("early response", post + "hello") { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
            try connection.stall()
        },
        Burst("tunnel", upgrade) { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 101 Go\r\nUpgrade: foo\r\n\r\nhello")
            try connection.stall()
        },
        Burst("broken tunnel", upgrade) { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 101 Go\r\nUpgrade: foo\r\n\r\nhello")
            connection.wire.reset()
        },
    ]

    @Test("come back to where they were after a burst", arguments: bursts)
    func burst(row: Burst) throws {
        let origin = try ScriptedOrigin(row.script)
        let proxy = try RunningProxy(upstreams: [origin.port], logLevel: "info")
        let start = try #require(proxy.process.descriptorCount)
        for _ in 0..<10 {
            let clients = try (0..<10).map { _ in try proxy.connect() }
            for client in clients {
                try client.send(row.request)
                if row.isReset { client.reset() } else { client.finishSending() }
            }
            for client in clients where !row.isReset { _ = try client.waitForEnd() }
        }
        origin.stop()
        #expect(proxy.returns(toDescriptors: start))
        #expect(proxy.process.isAlive)
    }

    @Test("come back after a burst at a server that refuses")
    func refused() throws {
        let dead = try ReservedPort()
        let proxy = try RunningProxy(upstreams: [dead.port], logLevel: "info")
        let start = try #require(proxy.process.descriptorCount)
        for _ in 0..<100 { #expect(try proxy.get().status == 502) }
        #expect(proxy.returns(toDescriptors: start))
    }
}
