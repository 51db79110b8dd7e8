import Glibc
import Testing

/// Clients that stall, vanish or never begin, and the others who must not notice.
@Suite("Slow and vanishing clients")
struct SlowClientTests {
    @Test("that connect and say nothing keep nobody else from being served")
    func silent() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let start = try #require(proxy.process.descriptorCount)
        do {
            let clients = try (0..<200).map { _ in try proxy.connect() }
            for number in 0..<5 { #expect(try proxy.get("/\(number)").status == 200) }
            #expect(clients.allSatisfy { $0.ending == nil })
        }
        origin.stop()
        #expect(proxy.returns(toDescriptors: start))
    }

    @Test("that send a byte of their head now and then keep nobody else from being served")
    func dripping() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let clients = try (0..<50).map { _ in try proxy.connect() }
        for byte in Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8) {
            for client in clients { try client.send([byte]) }
        }
        #expect(try proxy.get("/other").text == "GET /other\n")
        for client in clients { try client.send("\r\n") }
        for client in clients { #expect(try client.readResponse().text == "GET /\n") }
    }

    /// Where a client leaves.
    struct Leaving: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: String
        /// What it waits for before it leaves.
        var awaits = ""
        let resets: Bool
    }

    private static let leaving = [true, false].flatMap { resets in
        [
            ("before its first byte", "", ""),
            ("in its request line", "GET /", ""),
            ("in its fields", "GET / HTTP/1.1\r\nHost: a\r\nX: ", ""),
            ("before its body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n", ""),
            ("in its body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello", ""),
            (
                "in a chunk",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello", ""
            ),
            ("before the answer", "GET /stall HTTP/1.1\r\nHost: a\r\n\r\n", ""),
            ("in the answer's head", "GET /large HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 2"),
            ("in the answer's body", "GET /large HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\nxxxx"),
            ("between requests", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\n"),
            (
                "in the second of two", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /stall HTTP/1.1\r\n",
                "GET /\n"
            ),
        ].map { name, bytes, awaits in
            Leaving(
                testDescription: "\(name), \(resets ? "reset" : "closed")", bytes: bytes,
                awaits: awaits, resets: resets)
        }
    }

    @Test("that vanish leave nothing behind", arguments: leaving)
    func vanishing(row: Leaving) throws {
        let origin = try ScriptedOrigin { connection in
            while let request = try connection.nextRequest() {
                switch request.target {
                case "/stall": usleep(100_000)
                case "/large":
                    try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
                    let block = [UInt8](repeating: 0x78, count: 100_000)
                    for _ in 0..<500 { try connection.wire.send(block) }
                    continue
                default: break
                }
                try connection.answer(request)
            }
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let start = try #require(proxy.process.descriptorCount)
        for _ in 0..<5 {
            let client = try proxy.connect()
            try client.send(row.bytes)
            if !row.awaits.isEmpty { _ = try client.take(through: row.awaits) }
            if row.resets { client.reset() } else { client.close() }
        }
        #expect(try proxy.get("/next").text == "GET /next\n")
        origin.stop()
        #expect(proxy.returns(toDescriptors: start))
        #expect(proxy.process.isAlive)
    }

    @Test(
        "that vanish in a body take the connection to the server with them",
        arguments: [
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        ])
    func vanishingInBody(request: String) throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "hello")
            try connection.stall()
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send(request)
        #expect(eventually { origin.acceptCount == 1 && origin.receivedCount > 0 })
        client.close()
        #expect(eventually { origin.openCount == 0 })
        let text = String(decoding: origin.received(on: 0), as: UTF8.self)
        #expect(!text.hasSuffix("0\r\n\r\n"), "the body does not look complete")
    }

    @Test("that don't read slow their server down, and cost no memory")
    func notReading() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            let block = [UInt8](repeating: 0x78, count: 100_000)
            for _ in 0..<1000 { try connection.wire.send(block) }
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let clients = try (0..<4).map { _ in
            let client = try proxy.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return client
        }
        for client in clients { _ = try client.take(through: "\r\n\r\n") }
        usleep(300_000)
        #expect(try #require(proxy.process.peakMemoryKiB) < 50 * 1024)
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { block.deallocate() }
        let client = clients[0]
        var count = client.input.count
        while count < 100_000_000 {
            let received = try client.receive(into: block)
            guard received > 0 else { break }
            count += received
        }
        #expect(count == 100_000_000)
        #expect(try #require(proxy.process.peakMemoryKiB) < 50 * 1024)
    }
}
