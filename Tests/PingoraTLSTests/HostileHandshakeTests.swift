import CLinux
import Glibc
import Synchronization
import TLSFixtures
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraTLS

/// What strangers send instead of a handshake, and handshakes in pieces.
@Suite("Hostile handshakes")
struct HostileHandshakeTests {
    private let server: TLSServerContext
    private let client: TLSClientContext

    init() throws {
        let folder = try CertificateFolder()
        server = try TLSServerContext(
            TLSServerOptions(certificates: [try folder.files(for: "app.test")]),
            ticketKeys: TicketKeys())
        var options = TLSClientOptions.trusting(folder, "app.test")
        options.resumesSessions = false
        client = try TLSClientContext(options)
    }

    /// The first bytes that our client sends.
    private func clientHello() throws -> [UInt8] {
        try withLoop { loop in
            let pair = try TLSPair(on: loop)
            var bytes: [UInt8] = []
            pair.start {
                let deadline = loop.now.advanced(by: .milliseconds(50))
                try? await client.secure(pair.client, until: deadline)
            }
            pair.start {
                _ = try? await pair.server.read(until: pair.deadline)
                bytes = pair.server.takeInput()
            }
            pair.finish()
            pair.close()
            return bytes
        }
    }

    /// Sends `bytes` to a server, then ends or falls silent; returns how its handshake ended.
    private func offer(_ bytes: [UInt8], on loop: EventLoop, ends: Bool) throws -> TransportError? {
        let pair = try TLSPair(on: loop)
        var outcome: TransportError?
        _ = pair.client.send(followedBy: bytes.span)
        if ends { pair.client.close() }
        pair.start {
            do throws(TransportError) {
                let deadline = loop.now.advanced(by: .milliseconds(60))
                try await server.secure(pair.server, until: deadline)
            } catch { outcome = error }
        }
        #expect(pair.finish())
        pair.close()
        return outcome
    }

    private var openDescriptors: Int {
        guard let folder = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count
    }

    @Test("end in an error, without a descriptor left and without harm to others")
    func random() throws {
        let hello = try clientHello()
        #expect(hello.count > 100)
        var generator = SeededGenerator(seed: 20_261_125)
        try withLoop { loop in
            let before = openDescriptors
            for round in 0..<2000 {
                var bytes = hello
                switch round % 4 {
                case 0:
                    bytes = Array(bytes.prefix(Int.random(in: 0..<hello.count, using: &generator)))
                case 1:
                    for _ in 0...Int.random(in: 0..<8, using: &generator) {
                        let place = bytes.indices.randomElement(using: &generator) ?? 0
                        bytes[place] = .random(in: 0...255, using: &generator)
                    }
                case 2:
                    let count = Int.random(in: 1...600, using: &generator)
                    bytes = (0..<count).map { _ in .random(in: 0...255, using: &generator) }
                default: bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8) + bytes
                }
                // The client has gone: whatever it sent, there is no handshake.
                let error = try offer(bytes, on: loop, ends: true)
                #expect(error != nil)
            }
            // Other tests open and close some at the same time.
            #expect(openDescriptors < before + 200)
            #expect(loop.connectionCount.load(ordering: .relaxed) == 0)
            #expect(server.handshakeCount == 0)
            let pair = try TLSPair(on: loop)
            #expect(pair.shakeHands(server, client))
            pair.close()
        }
    }

    @Test(
        "are told apart",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", "TLS handshake failed: a plain HTTP request"),
            ("CONNECT a:1 HTTP/1.1\r\n\r\n", "TLS handshake failed: a plain HTTP request"),
            ("SSH-2.0-OpenSSH_9.2\r\n", "TLS handshake failed: wrong version number"),
            ("", "TLS handshake failed: the peer closed the connection"),
        ])
    func reasons(text: String, reason: String) throws {
        try withLoop { loop in
            let error = try offer(Array(text.utf8), on: loop, ends: true)
            #expect(error?.description == reason)
        }
    }

    @Test("that stop in the middle end at the deadline")
    func silence() throws {
        let hello = try clientHello()
        try withLoop { loop in
            for count in [0, 1, 5, 100, hello.count - 1, hello.count] {
                let bytes = Array(hello.prefix(count))
                let error = try offer(bytes, on: loop, ends: false)
                #expect(error == .timedOut)
            }
        }
    }

    @Test("are understood whatever way they are split")
    func splits() throws {
        let hello = try clientHello()
        try withLoop { loop in
            for split in 1..<hello.count {
                let pair = try TLSPair(on: loop)
                pair.start { try? await server.secure(pair.server, until: pair.deadline) }
                _ = pair.client.send(followedBy: hello.span.extracting(first: split))
                loop.turn()
                _ = pair.client.send(followedBy: hello.span.extracting(split...))
                for _ in 0..<20 where pair.client.input.isEmpty {
                    loop.turn()
                    _ = pair.client.receive()
                }
                // A record of the handshake, and in it the server's hello (RFC 8446 section 4).
                let answer = pair.client.takeInput()
                #expect(
                    answer.count > 500 && answer[0] == 22 && answer[5] == 2, "split at \(split)")
                pair.client.close()
                pair.finish()
                pair.close()
            }
        }
    }
}
