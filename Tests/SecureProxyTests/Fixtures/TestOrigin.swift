import CLinux
import Glibc
import Synchronization
import TLSFixtures
import TestSupport

@testable import PingoraCore

/// A server behind the proxy, on a loop in its own thread.
final class TestOrigin: Sendable {
    private let loop: EventLoop
    let address: SocketAddress
    private let counts: Counts

    private final class Counts: Sendable {
        let accepted = Atomic<Int>(0)
        let secured = Atomic<Int>(0)
    }

    /// Connections that came.
    var connectionCount: Int { counts.accepted.load(ordering: .relaxed) }
    /// Those that have shaken hands.
    var handshakeCount: Int { counts.secured.load(ordering: .relaxed) }

    /// Serves each connection with `serve`, over TLS where there is a layer.
    init(
        _ layer: (any TransportLayer)? = nil,
        serve: @escaping @Sendable (Connection) async throws -> Void = TestOrigin.answer
    ) throws {
        let loop = try EventLoop()
        let counts = Counts()
        (self.loop, self.counts) = (loop, counts)
        let listener = Unchecked(try Listener(binding: .ipv4(0x7f00_0001, port: 0)))
        address = listener.value.address
        LoopThread.start(named: "test origin") { loop.run() }
        loop.execute {
            _ = try? Acceptor(listener.value, on: loop, among: [loop]) { number, peer, loop in
                counts.accepted.add(1, ordering: .relaxed)
                guard
                    let client = try? Connection(
                        FileDescriptor(owning: number), peer: peer, on: loop)
                else { return }
                loop.spawn {
                    defer { client.close() }
                    do {
                        let deadline = loop.now.advanced(by: .seconds(30))
                        try await layer?.secure(client, until: deadline)
                        if layer != nil { counts.secured.add(1, ordering: .relaxed) }
                        try await serve(client)
                    } catch {}
                }
            }
        }
    }

    deinit { loop.stop() }

    /// Answers requests as their paths want it, until the client leaves.
    static func answer(_ client: Connection) async throws {
        while true {
            let deadline = client.loop.now.advanced(by: .seconds(30))
            let head = try await client.readHead(until: deadline)
            let words = head.split(separator: " ")
            let path = words[1]
            if path == "/tunnel" { return try await echo(client) }
            let body = try await client.readBytes(head.contentLength, until: deadline)
            if let size = path.dropPrefix("/large/").flatMap({ Int($0) }) {
                let start = "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"
                try await client.sendAll(Array(start.utf8) + pattern(size), until: deadline)
                continue
            }
            guard let raw = unframed[String(path)] else {
                // A sum, so that a body that arrived otherwise is told apart.
                let sum = body.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff_ffff }
                let text = "\(words[0]) \(path) \(body.count) \(sum)\n"
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
                try await client.sendAll(Array(answer.utf8), until: deadline)
                continue
            }
            try await client.sendAll(Array(raw.text.utf8), until: deadline)
            guard !raw.isAnnounced, let number = client.socketNumber else { return }
            // The end of TCP without the one of TLS.
            clinux_shutdown(number, CInt(SHUT_WR))
            _ = try? await client.read(until: deadline)
            return client.abort()
        }
    }

    /// Responses after which the connection ends, and whether that is announced.
    private static let unframed: [String: (text: String, isAnnounced: Bool)] = {
        let open = "HTTP/1.1 200 OK\r\n\r\nwhole"
        let short = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"
        let exact = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nexact"
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n"
        return [
            "/open/announced": (open, true), "/open/cut": (open, false),
            "/length/short/announced": (short, true), "/length/short/cut": (short, false),
            "/length/exact/cut": (exact, false),
            "/chunked/short/announced": (chunked, true), "/chunked/short/cut": (chunked, false),
            "/chunked/whole/cut": (chunked + "0\r\n\r\n", false),
            "/silent/announced": ("", true), "/silent/cut": ("", false),
        ]
    }()

    /// Agrees to a tunnel, and sends back what comes, to the end.
    private static func echo(_ client: Connection) async throws {
        let deadline = client.loop.now.advanced(by: .seconds(30))
        let head =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        try await client.sendAll(Array(head.utf8), until: deadline)
        while true {
            let bytes = client.takeInput()
            if !bytes.isEmpty { try await client.sendAll(bytes, until: deadline) }
            guard try await client.read(until: deadline) > 0 else { return }
        }
    }

    static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    }
}

extension Substring {
    /// What is left without `prefix`; nil if it does not begin so.
    func dropPrefix(_ prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
