import Synchronization
import TestSupport
import Testing

@testable import PingoraCore

@Suite("Acceptor")
struct AcceptorTests {
    /// What an acceptor gave away.
    private final class Adopted: Sendable {
        let numbers = Mutex<[CInt]>([])
        let loops = Mutex<[Int]>([])
        let peers = Mutex<[SocketAddress?]>([])

        func take(_ number: CInt, _ peer: SocketAddress?, _ loop: EventLoop) {
            numbers.withLock { $0.append(number) }
            loops.withLock { $0.append(loop.index) }
            peers.withLock { $0.append(peer) }
        }

        var count: Int { numbers.withLock { $0.count } }

        /// Closes them, as their owner would.
        func close() {
            numbers.withLock { numbers in
                for number in numbers { _ = FileDescriptor(owning: number) }
            }
        }
    }

    private func far() throws -> SimulatedEndpoint {
        try #require(
            SimulatedEndpoint(connectingTo: SimulatedAddress(port: SimulatedLoop.address.port)))
    }

    @Test("accepts everything that waits, with the client's address")
    func accepts() throws {
        try SimulatedLoop.run { simulated in
            let adopted = Adopted()
            let acceptor = try Acceptor(
                simulated.listener, on: simulated.loop, among: [simulated.loop],
                adopt: adopted.take)
            let clients = try (0..<200).map { _ in try far() }
            simulated.turn(8)
            #expect(adopted.count == 200)
            let peers = adopted.peers.withLock { $0 }
            #expect(Set(peers).count == 200 && !peers.contains(nil))
            acceptor.stop()
            adopted.close()
            clients.forEach { $0.close() }
        }
    }

    @Test("accepts nothing more once it is stopped")
    func stops() throws {
        try SimulatedLoop.run { simulated in
            let adopted = Adopted()
            let acceptor = try Acceptor(
                simulated.listener, on: simulated.loop, among: [simulated.loop],
                adopt: adopted.take)
            acceptor.stop()
            acceptor.stop()
            let client = try far()
            simulated.turn()
            #expect(adopted.count == 0)
            client.close()
        }
    }

    @Test("looks away while descriptors have run out, and serves on when there are some again")
    func exhausted() throws {
        try SimulatedLoop.run { simulated in
            let kernel = simulated.kernel
            let adopted = Adopted()
            let acceptor = try Acceptor(
                simulated.listener, on: simulated.loop, among: [simulated.loop],
                adopt: adopted.take)
            let clients = try (0..<3).map { _ in try far() }
            kernel.descriptorLimit = kernel.openDescriptors
            // A loop that spins would need a turn for every moment; one that looks away, few.
            let end = kernel.now + 2_000_000_000
            kernel.alarm = end
            var turns = 0
            while kernel.now < end, turns < 1000 {
                simulated.loop.turn()
                turns += 1
            }
            #expect(turns < 100)
            #expect(adopted.count == 0)
            kernel.descriptorLimit = .max
            simulated.pass(seconds: 0.3)
            #expect(adopted.count == 3)
            let late = try far()
            simulated.turn()
            #expect(adopted.count == 4)
            acceptor.stop()
            adopted.close()
            (clients + [late]).forEach { $0.close() }
        }
    }

    @Test("can be stopped while it looks away")
    func stopsWhileExhausted() throws {
        try SimulatedLoop.run { simulated in
            let kernel = simulated.kernel
            let adopted = Adopted()
            let acceptor = try Acceptor(
                simulated.listener, on: simulated.loop, among: [simulated.loop],
                adopt: adopted.take)
            let client = try far()
            kernel.descriptorLimit = kernel.openDescriptors
            simulated.turn()
            acceptor.stop()
            kernel.descriptorLimit = .max
            simulated.pass(seconds: 1)
            #expect(adopted.count == 0)
            client.close()
        }
    }

    @Test("moves a connection to a loop that has far fewer, and none for a small difference")
    func spreads() throws {
        try SimulatedLoop.run { simulated in
            let other = try EventLoop(index: 1)
            let adopted = Adopted()
            let acceptor = try Acceptor(
                simulated.listener, on: simulated.loop, among: [simulated.loop, other],
                adopt: adopted.take)
            var clients: [SimulatedEndpoint] = []
            for count in [0, 8, 9, 20] {
                simulated.loop.connectionCount.store(count, ordering: .relaxed)
                clients.append(try far())
                simulated.turn()
                simulated.kernel.alarm = simulated.kernel.now
                other.turn()
            }
            #expect(adopted.loops.withLock { $0 } == [0, 0, 1, 1])
            acceptor.stop()
            adopted.close()
            clients.forEach { $0.close() }
        }
    }
}
