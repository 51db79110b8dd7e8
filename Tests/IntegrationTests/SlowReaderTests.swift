import Glibc
import Testing

/// Clients that read their response, but slowly.
@Suite("Slow readers", .timeLimit(.minutes(5)))
struct SlowReaderTests {
    private static let size = 2_000_000
    private static let head = "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"

    /// A Unix socket, whose send buffer is small: of TCP the kernel would take megabytes before the
    /// client reads anything.
    @Test("are cut below the rate, and only there", arguments: [("1MiB", true), ("0B", false)])
    func rate(rate: String, isCut: Bool) throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send(SlowReaderTests.head)
            try connection.wire.send([UInt8](repeating: 0x78, count: SlowReaderTests.size))
            try connection.stall()
        }
        let directory = try TemporaryDirectory()
        let path = directory.path + "/s"
        let proxy = try RunningProxy(
            file: """
                listeners: [127.0.0.1:0, "unix:\(path)"]
                upstreams: {app: {servers: [127.0.0.1:\(origin.port)]}}
                timeouts: {client_write: 2s}
                limits: {response_rate: \(rate)}

                """)
        let client = try UnixPeer.connect(to: path)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        var block = [UInt8](repeating: 0, count: 16 * 1024)
        var count = 0
        while client.ending == nil {
            // 320 KiB in a second at most, so that something moves all the time.
            usleep(50_000)
            count += try block.withUnsafeMutableBytes { try client.receive(into: $0) }
        }
        let log = try proxy.accessLog(count: 1)
        #expect(log[0].text.contains("timed out") == isCut)
        #expect((count < SlowReaderTests.size) == isCut)
        #expect(eventually { origin.openCount == 0 })
    }
}
