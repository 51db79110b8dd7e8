import CLinux
import PingoraCore
import TestSupport
import Testing

/// The real loop on the simulated kernel: partial reads and writes, virtual time, no leak.
@Suite("EventLoop on the simulated kernel")
struct SimulatedEchoTests {
    /// Echoes what one client sends, until it ends.
    private final class Echo: ConnectionKeeper {
        func connectionReady(_ connection: Connection) {
            connection.unpark()
            // nonisolated(unsafe): one thread runs the loop and everything on it.
            nonisolated(unsafe) let connection = connection
            connection.loop.spawn { await Echo.serve(connection) }
        }

        func connectionExpired(_ connection: Connection) {
            connection.close()
        }

        private static func serve(_ connection: Connection) async {
            let deadline = connection.loop.now.advanced(by: .seconds(60))
            while let count = try? await connection.read(until: deadline), count > 0 {
                connection.loop.buffers.provide(&connection.output)
                connection.output.append(connection.input.bytes)
                connection.input.removeAll()
                guard (try? await connection.flush(until: deadline)) != nil else { break }
            }
            connection.close()
        }
    }

    private func connect(
        _ address: SocketAddress, on loop: EventLoop, _ kernel: SimulatedKernel
    ) throws -> (client: Connection, server: Connection) {
        let listener = try Listener(binding: address)
        // nonisolated(unsafe): as above.
        nonisolated(unsafe) var client: Connection?
        loop.spawn {
            client = try? await Connector.connect(
                to: address, from: nil, on: loop, owner: nil,
                deadline: loop.now.advanced(by: .seconds(1)))
        }
        for _ in 0..<4 { loop.turn() }
        let accepted = listener.acceptForTest(on: loop)
        return (try #require(client), try #require(accepted))
    }

    @Test(
        "echoes every byte whatever the kernel cuts short", arguments: 1...50 as ClosedRange<UInt64>
    )
    func echoes(seed: UInt64) throws {
        let kernel = SimulatedKernel(seed: seed)
        try kernel.run {
            let loop = try EventLoop()
            loop.adoptThread()
            let address = try #require(SocketAddress("127.0.0.1:80"))
            let (client, server) = try connect(address, on: loop, kernel)
            let echo = Echo()
            server.park(with: echo, until: loop.now.advanced(by: .seconds(10)))

            let sent = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            // nonisolated(unsafe): as above.
            nonisolated(unsafe) var received: [UInt8] = []
            let box = Unchecked(client)
            loop.spawn {
                let client = box.value
                let deadline = loop.now.advanced(by: .seconds(30))
                loop.buffers.provide(&client.output)
                client.output.append(sent.span)
                _ = try? await client.flush(until: deadline)
                while received.count < sent.count,
                    let count = try? await client.read(until: deadline), count > 0
                {
                    received += client.takeInput()
                }
                client.close()
            }
            for _ in 0..<2000 where received.count < sent.count { loop.turn() }
            #expect(received == sent)
            for _ in 0..<4 { loop.turn() }
            // The listener is gone with its owner; the loop holds an epoll and an eventfd.
            #expect(kernel.openDescriptors == 2)
        }
    }

    @Test("closes a parked connection at its deadline, in virtual time")
    func expires() throws {
        let kernel = SimulatedKernel(seed: 7)
        try kernel.run {
            let loop = try EventLoop()
            loop.adoptThread()
            let address = try #require(SocketAddress("127.0.0.1:80"))
            let (client, server) = try connect(address, on: loop, kernel)
            let echo = Echo()
            let begin = kernel.now
            server.park(with: echo, until: loop.now.advanced(by: .seconds(10)))
            for _ in 0..<100 where server.isOpen { loop.turn() }
            #expect(!server.isOpen)
            let seconds = Double(kernel.now - begin) / 1e9
            #expect((10.0...10.3).contains(seconds))
            client.close()
        }
    }
}
