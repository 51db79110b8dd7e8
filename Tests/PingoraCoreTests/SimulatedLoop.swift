import CLinux
import TestSupport
import Testing

@testable import PingoraCore

/// A loop on a simulated kernel with a listener, for tests of what runs on a loop.
final class SimulatedLoop {
    static let address = SocketAddress.ipv4(0x7f00_0001, port: 80)

    let kernel: SimulatedKernel
    let loop: EventLoop
    let listener: Listener

    init(on kernel: SimulatedKernel) throws {
        self.kernel = kernel
        loop = try EventLoop()
        loop.adoptThread()
        listener = try Listener(binding: SimulatedLoop.address)
    }

    /// A connection on `loop` (this one's if nil), and its far end.
    func connect(on other: EventLoop? = nil) throws -> (Connection, SimulatedEndpoint) {
        let far = try #require(
            SimulatedEndpoint(connectingTo: SimulatedAddress(port: SimulatedLoop.address.port)))
        let near = try #require(listener.acceptForTest(on: other ?? loop))
        turn()
        return (near, far)
    }

    /// Runs turns without letting time pass.
    func turn(_ count: Int = 4) {
        kernel.alarm = kernel.now
        for _ in 0..<count { loop.turn() }
        kernel.alarm = .max
    }

    /// Runs turns for `seconds` of virtual time.
    func pass(seconds: Double) {
        let end = kernel.now + Int64(seconds * 1e9)
        kernel.alarm = end
        while kernel.now < end { loop.turn() }
        kernel.alarm = .max
        turn()
    }

    /// The calling thread belongs to no loop any more.
    static func leaveThread() { clinux_set_current_loop(nil) }

    static func run(seed: UInt64 = 1, _ body: (SimulatedLoop) throws -> Void) throws {
        let kernel = SimulatedKernel(seed: seed)
        try kernel.run { try body(SimulatedLoop(on: kernel)) }
    }
}
