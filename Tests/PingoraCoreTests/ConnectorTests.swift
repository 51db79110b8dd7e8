import Synchronization
import TestSupport
import Testing

@testable import PingoraCore

@Suite("Connector")
struct ConnectorTests {
    /// What came of a connect.
    private final class Outcome {
        var connection: Connection?
        var error: ConnectError?
        var isOver: Bool { connection != nil || error != nil }
    }

    private func begin(
        to address: SocketAddress, from source: SocketAddress? = nil, on loop: EventLoop,
        seconds: Double = 1
    ) -> Outcome {
        let outcome = Outcome()
        let box = Unchecked(outcome)
        let deadline = loop.now.advanced(by: .seconds(seconds))
        loop.spawn {
            do throws(ConnectError) {
                box.value.connection = try await Connector.connect(
                    to: address, from: source, on: loop, owner: nil, deadline: deadline)
            } catch {
                box.value.error = error
            }
        }
        return outcome
    }

    @Test("connects, at once or after a wait", arguments: 1...20 as ClosedRange<UInt64>)
    func connects(seed: UInt64) throws {
        try SimulatedLoop.run(seed: seed) { simulated in
            let outcome = begin(to: SimulatedLoop.address, on: simulated.loop)
            simulated.turn()
            let connection = try #require(outcome.connection)
            #expect(connection.isOpen && connection.peerAddress == SimulatedLoop.address)
            connection.close()
        }
    }

    @Test("tells a refusal, at once or after a wait", arguments: 1...20 as ClosedRange<UInt64>)
    func refused(seed: UInt64) throws {
        try SimulatedLoop.run(seed: seed) { simulated in
            let before = simulated.kernel.openDescriptors
            let outcome = begin(to: .ipv4(0x7f00_0001, port: 9), on: simulated.loop)
            simulated.turn()
            guard case .failed(let error) = outcome.error else {
                Issue.record("no refusal")
                return
            }
            #expect(error.description == "connect: connection refused (ECONNREFUSED)")
            #expect(simulated.kernel.openDescriptors == before)
            #expect(simulated.loop.connectionCount.load(ordering: .relaxed) == 0)
        }
    }

    @Test("gives up at its deadline")
    func timesOut() throws {
        try SimulatedLoop.run { simulated in
            simulated.kernel.silentAddresses = [SimulatedAddress(port: 9)]
            let before = simulated.kernel.openDescriptors
            let outcome = begin(to: .ipv4(0x7f00_0001, port: 9), on: simulated.loop, seconds: 3)
            simulated.pass(seconds: 2.8)
            #expect(!outcome.isOver)
            simulated.pass(seconds: 0.4)
            guard case .timedOut = outcome.error else {
                Issue.record("did not time out")
                return
            }
            #expect(simulated.kernel.openDescriptors == before)
        }
    }

    @Test("says so when no descriptor is left")
    func exhausted() throws {
        try SimulatedLoop.run { simulated in
            simulated.kernel.descriptorLimit = simulated.kernel.openDescriptors
            let outcome = begin(to: SimulatedLoop.address, on: simulated.loop)
            simulated.turn()
            guard case .failed(let error) = outcome.error else {
                Issue.record("connected without a descriptor")
                return
            }
            #expect(error.description == "socket: too many open files (EMFILE)")
        }
    }

    @Test("connects from the source address it is given, on Linux")
    func source() throws {
        let loop = try EventLoop()
        loop.adoptThread()
        let listener = try Listener(binding: .ipv4(0x7f00_0001, port: 0))
        let outcome = begin(
            to: listener.address, from: .ipv4(0x7f00_0002, port: 0), on: loop, seconds: 5)
        for _ in 0..<100 where !outcome.isOver { loop.turn() }
        let connection = try #require(outcome.connection)
        let accepted = try #require(listener.acceptForTest(on: loop))
        #expect(accepted.remoteHost == "127.0.0.2")
        connection.close()
        accepted.close()
        SimulatedLoop.leaveThread()
    }
}
