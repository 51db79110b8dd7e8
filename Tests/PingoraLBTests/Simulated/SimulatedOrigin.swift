import Synchronization
import TestSupport

@testable import PingoraCore
@testable import PingoraLB

/// A loop and a server on the simulated kernel, for what asks servers on its own account.
///
/// Make and use it inside of ``SimulatedKernel/run(_:)``; see ``run(seed:_:)``.
final class SimulatedOrigin {
    static let address = SocketAddress.ipv4(0x7f00_0001, port: 9000)
    /// Nobody listens there.
    static let deadAddress = SocketAddress.ipv4(0x7f00_0001, port: 9001)
    /// A connect to it never ends.
    static let silentAddress = SocketAddress.ipv4(0x7f00_0001, port: 9002)

    let kernel: SimulatedKernel
    let loop: EventLoop
    private let listener = SimulatedListener(SimulatedAddress(port: 9000))
    private let idleDescriptors: Int
    /// What each connection does.
    var script: [ScriptStep] = []
    private(set) var peers: [ScriptedPeer] = []

    init(on kernel: SimulatedKernel) throws {
        self.kernel = kernel
        kernel.silentAddresses = [SimulatedAddress(port: SimulatedOrigin.silentAddress.port)]
        loop = try EventLoop()
        loop.adoptThread()
        idleDescriptors = kernel.openDescriptors
    }

    static func run(seed: UInt64 = 1, _ body: (SimulatedOrigin) throws -> Void) throws {
        let kernel = SimulatedKernel(seed: seed)
        try kernel.run { try body(SimulatedOrigin(on: kernel)) }
    }

    /// Runs turns until `isOver`, or for `seconds` of virtual time.
    func run(seconds: Double, until isOver: () -> Bool = { false }) {
        let end = kernel.now + Int64(seconds * 1e9)
        while kernel.now < end, !isOver() { turn(until: end) }
    }

    private func turn(until end: Int64) {
        var hasMoved = false
        while let endpoint = listener.accept() {
            peers.append(ScriptedPeer("origin \(peers.count)", endpoint, script, on: kernel))
            hasMoved = true
        }
        for peer in peers where !peer.isFinished && peer.step() { hasMoved = true }
        let wakes = peers.filter { !$0.isFinished }.map(\.wakes).min() ?? .max
        kernel.alarm = hasMoved ? kernel.now : min(wakes, end)
        kernel.seenEventCount = kernel.eventCount
        loop.turn()
        kernel.seenEventCount = nil
        kernel.alarm = .max
    }

    /// Connections of ours that are still open, by the loop's count and by the kernel's.
    var leftOpen: (connections: Int, descriptors: Int) {
        for peer in peers { peer.endpoint.close() }
        while let endpoint = listener.accept() { endpoint.close() }
        return (
            loop.connectionCount.load(ordering: .relaxed), kernel.openDescriptors - idleDescriptors
        )
    }
}
