import Glibc
import TLSFixtures
import Testing

@testable import PingoraCore
@testable import PingoraTLS

/// What callers of a connection see of its transport.
@Suite("A connection with TLS")
struct TransportTests {
    private let server: TLSServerContext
    private let client: TLSClientContext

    init() throws {
        let folder = try CertificateFolder()
        server = try TLSServerContext(
            TLSServerOptions(certificates: [try folder.files(for: "app.test")]),
            ticketKeys: TicketKeys())
        client = try TLSClientContext(.trusting(folder, "app.test"))
    }

    private func withPair(_ body: (TLSPair) throws -> Void) throws {
        try withLoop { loop in
            let pair = try TLSPair(on: loop)
            #expect(pair.shakeHands(server, client))
            try body(pair)
            pair.close()
        }
    }

    private func read(_ connection: Connection, in pair: TLSPair) -> Result<Int, SystemError>? {
        var result: Result<Int, SystemError>?
        pair.start {
            do throws(ConnectionError) {
                result = .success(try await connection.read(until: pair.deadline))
            } catch {
                if case .failed(let error) = error { result = .failure(error) }
            }
        }
        pair.finish()
        return result
    }

    @Test("ends where the peer says so, and not before what it sent")
    func announcedEnd() throws {
        try withPair { pair in
            #expect(pair.carry([1, 2, 3], from: pair.server, to: pair.client) == [1, 2, 3])
            pair.server.close()
            #expect(read(pair.client, in: pair) == .success(0))
            #expect(read(pair.client, in: pair) == .success(0))
        }
    }

    @Test("fails where the peer ends without saying so")
    func truncation() throws {
        try withPair { pair in
            #expect(pair.carry([1], from: pair.server, to: pair.client) == [1])
            pair.server.transport = nil
            pair.server.close()
            let error = SystemError(
                call: "recv (TLS ended without close_notify)", code: ECONNRESET)
            #expect(read(pair.client, in: pair) == .failure(error))
            #expect(read(pair.client, in: pair) == .failure(error))
        }
    }

    @Test("receives after it has finished sending")
    func halfClosed() throws {
        try withPair { pair in
            pair.client.finishSending()
            #expect(read(pair.server, in: pair) == .success(0))
            #expect(pair.carry([4, 5], from: pair.server, to: pair.client) == [4, 5])
            pair.server.close()
            #expect(read(pair.client, in: pair) == .success(0))
        }
    }

    @Test("says goodbye behind what a full socket still holds", arguments: [true, false])
    func fullSocket(closes: Bool) throws {
        try withPair { pair in
            // What has been sent when the socket takes no more.
            var sent = 0
            let block = [UInt8](repeating: 9, count: 4096)
            while case .bytes(let count) = pair.server.send(followedBy: block.span), count > 0 {
                sent += count
            }
            #expect(sent > 0)
            // A record may be on its way: it has to be out before anything is said.
            if closes { pair.server.output.removeAll() }
            var received = 0
            var isFinished = false
            pair.start {
                while true {
                    if case .bytes(let count) = pair.server.send(followedBy: block.span), count > 0
                    {
                        sent += count
                        break
                    }
                    guard await pair.server.waitOnTask(until: pair.deadline) else { return }
                }
                if closes { pair.server.close() } else { pair.server.finishSending() }
                isFinished = true
                while pair.server.isOpen {
                    guard let count = try? await pair.server.read(until: pair.deadline), count > 0
                    else { return }
                }
            }
            pair.start {
                while let count = try? await pair.client.read(until: pair.deadline), count > 0 {
                    received += pair.client.takeInput().count
                }
                pair.client.close()
            }
            pair.finish()
            #expect(isFinished)
            #expect(received == sent)
        }
    }

    @Test("sends a head and what follows as one record where they fit")
    func oneRecord() throws {
        try withPair { pair in
            _ = pair.carry([1], from: pair.server, to: pair.client)
            pair.loop.buffers.provide(&pair.server.output)
            let head = [UInt8](repeating: 1, count: 100)
            pair.server.output.append(head.span)
            let body = [UInt8](repeating: 2, count: 1000)
            guard case .bytes(1000) = pair.server.send(followedBy: body.span) else {
                Issue.record("not sent")
                return
            }
            #expect(read(pair.client, in: pair) == .success(1100))
            #expect(pair.client.takeInput() == head + body)
        }
    }

    @Test("holds no buffer and no news when parked, whatever the server's tickets do")
    func pooled() throws {
        try withLoop { loop in
            let pair = try TLSPair(on: loop)
            // The client's handshake is over before the server's tickets are read.
            #expect(pair.shakeHands(server, client))
            let pools = ConnectionPools(loops: [loop], capacity: 4)
            let key = ReuseKey(address: .unix("/none"), source: nil, group: 0)
            pools.give(pair.client, key: key, until: pair.deadline)
            pair.client.lookForBytes()
            pair.start { await Self.turns(pair) }
            pair.finish()
            let taken = pools.take(key, on: loop)
            #expect(taken === pair.client)
            #expect(pair.client.isOpen && !pair.client.hasNews)
            #expect(pair.carry([8], from: pair.client, to: pair.server) == [8])
            // Bytes that nobody asked for make it useless.
            pools.give(pair.client, key: key, until: pair.deadline)
            let unasked: [UInt8] = [7]
            _ = pair.server.send(followedBy: unasked.span)
            pair.start { await Self.turns(pair) }
            pair.finish()
            #expect(pools.take(key, on: loop) == nil)
            #expect(!pair.client.isOpen)
            pair.close()
        }
    }

    /// Lets a few turns of the loop pass.
    private static func turns(_ pair: TLSPair) async {
        for _ in 0..<3 {
            _ = await pair.server.wait(until: pair.loop.now.advanced(by: .milliseconds(60)))
        }
    }

    @Test("goes to another loop with its transport")
    func surrendered() throws {
        try withPair { pair in
            _ = pair.carry([1], from: pair.server, to: pair.client)
            let away = try EventLoop(index: 1)
            let pools = ConnectionPools(loops: [pair.loop, away], capacity: 4)
            let key = ReuseKey(address: .unix("/none"), source: nil, group: 0)
            pools.give(pair.client, key: key, until: pair.deadline)
            let moved = try #require(pools.take(key, on: away))
            #expect(moved !== pair.client && moved.transport != nil)
            let byte: [UInt8] = [3]
            guard case .bytes(1) = moved.send(followedBy: byte.span) else {
                Issue.record("not sent")
                return
            }
            #expect(read(pair.server, in: pair) == .success(1))
            moved.close()
            pair.server.input.removeAll()
            #expect(read(pair.server, in: pair) == .success(0))
        }
    }
}
