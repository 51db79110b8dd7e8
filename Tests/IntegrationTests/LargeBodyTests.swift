import Foundation
import Testing

/// Bodies far larger than any buffer. One at a time: each keeps both cores busy.
@Suite("Large bodies", .serialized)
struct LargeBodyTests {
    /// Larger than any buffer, and than the memory of a small machine.
    static let count = 1 << 30
    /// Buffers, code and stacks; a body that was kept would show.
    private static let memoryKiB = 50 * 1024

    enum Framing: CaseIterable {
        case length
        case chunked

        var field: String {
            switch self {
            case .length: "Content-Length: \(LargeBodyTests.count)"
            case .chunked: "Transfer-Encoding: chunked"
            }
        }
    }

    @Test("come down to the byte, in little memory", arguments: Framing.allCases)
    func download(framing: Framing) throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 200 OK\r\n\(framing.field)\r\n\r\n")
            try connection.wire.sendPattern(LargeBodyTests.count, framing)
            try connection.stall()
        }
        let proxy = try RunningProxy(upstreams: [origin.port], logLevel: "info")
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = try #require(try client.readHead())
        #expect(head.status == 200)
        try client.receivePattern(LargeBodyTests.count, framing)
        #expect(try #require(proxy.process.peakMemoryKiB) < LargeBodyTests.memoryKiB)
        #expect(origin.failures.isEmpty)
    }

    @Test("go up to the byte, in little memory", arguments: Framing.allCases)
    func upload(framing: Framing) throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.readHead()
            try connection.wire.receivePattern(LargeBodyTests.count, framing)
            try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            try connection.stall()
        }
        let proxy = try RunningProxy(upstreams: [origin.port], logLevel: "info")
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing.field)\r\n\r\n")
        try client.sendPattern(LargeBodyTests.count, framing)
        #expect(try client.readResponse().text == "ok")
        #expect(try #require(proxy.process.peakMemoryKiB) < LargeBodyTests.memoryKiB)
        #expect(origin.failures.isEmpty)
    }

    @Test("come from nginx by sendfile, and from the proxy whole")
    func file() throws {
        let origin = try NginxOrigin("A")
        let count = 20_000_000
        try origin.write("large", String(repeating: "0123456789", count: count / 10))
        let proxy = try RunningProxy(upstreams: [origin.port], logLevel: "info")
        let answer = try proxy.get("/large")
        #expect(answer.body.count == count)
        let expected = [UInt8]("0123456789".utf8)
        #expect(
            stride(from: 0, to: count, by: 9_999).allSatisfy {
                answer.body[$0] == expected[$0 % 10]
            })
    }
}

/// The pattern on its way, without a copy of it.
extension RawConnection {
    func sendPattern(_ count: Int, _ framing: LargeBodyTests.Framing) throws {
        try Pattern.block.withUnsafeBytes { block in
            var offset = 0
            while offset < count {
                let size = min(Pattern.maximumCount, count - offset)
                let start = offset % Pattern.period
                if framing == .chunked { try send("\(String(size, radix: 16))\r\n") }
                try send(UnsafeRawBufferPointer(rebasing: block[start..<start + size]))
                if framing == .chunked { try send("\r\n") }
                offset += size
            }
            if framing == .chunked { try send("0\r\n\r\n") }
        }
    }

    /// Receives the pattern and compares every byte.
    func receivePattern(_ count: Int, _ framing: LargeBodyTests.Framing) throws {
        var offset = 0
        guard framing == .chunked else { return try comparePattern(count, at: &offset) }
        while let line = try take(through: "\r\n") {
            let text = String(decoding: line.dropLast(2), as: UTF8.self)
            guard let size = Int(text, radix: 16) else { throw HarnessError("chunk size: \(text)") }
            if size > 0 { try comparePattern(size, at: &offset) }
            guard try take(2) == [13, 10] else { throw HarnessError("no end of a chunk") }
            if size == 0 { break }
        }
        guard offset == count else { throw HarnessError("\(offset) bytes of \(count)") }
    }

    private func comparePattern(_ count: Int, at offset: inout Int) throws {
        let end = offset + count
        let buffered = try take(min(count, input.count))
        try buffered.withUnsafeBytes { try comparePattern($0, at: &offset) }
        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Pattern.maximumCount, alignment: 16)
        defer { block.deallocate() }
        while offset < end {
            let size = min(block.count, end - offset)
            let received = try receive(
                into: UnsafeMutableRawBufferPointer(rebasing: block[..<size]))
            guard received > 0 else { throw HarnessError("the body ends at \(offset)") }
            try comparePattern(UnsafeRawBufferPointer(rebasing: block[..<received]), at: &offset)
        }
    }

    private func comparePattern(_ bytes: UnsafeRawBufferPointer, at offset: inout Int) throws {
        guard let base = bytes.baseAddress else { return }
        let start = offset % Pattern.period
        let isSame = Pattern.block.withUnsafeBytes { block in
            block.baseAddress.map { memcmp($0 + start, base, bytes.count) == 0 } ?? false
        }
        guard isSame else { throw HarnessError("other bytes from offset \(offset) on") }
        offset += bytes.count
    }
}
