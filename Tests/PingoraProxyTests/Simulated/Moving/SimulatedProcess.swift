import Synchronization
import TestSupport

@testable import PingoraCore
@testable import PingoraProxy
@testable import PingoraUpgrade

/// One process of a chain of upgrades: a loop, a worker, and what leaves it.
///
/// All of them run on one simulated kernel, in one thread. A descriptor goes over as a number.
final class SimulatedProcess<Logic: ProxyHttp> {
    let loop: EventLoop
    let worker: ProxyWorker<Logic>
    let pools: ConnectionPools
    private let kernel: SimulatedKernel
    private var departures: Departures?
    /// Those that went. Their sockets are closed by who took them; numbers are never used twice
    /// here, so that closing them again does nothing.
    private var gone: [ConnectionInTransit] = []

    /// The process in which a proxy began.
    init(of proxy: SimulatedProxy, running worker: ProxyWorker<Logic>) {
        (loop, pools, kernel) = (proxy.loop, proxy.pools, proxy.kernel)
        self.worker = worker
    }

    /// A process that only serves what another one sends.
    init(_ service: ProxyService<Logic>, on kernel: SimulatedKernel) throws {
        self.kernel = kernel
        loop = try EventLoop()
        pools = ConnectionPools(loops: [loop], capacity: 8)
        worker = ProxyWorker(service, on: loop, ServiceResources(pools: pools))
    }

    /// Begins to send its connections away.
    func depart(includingRequests: Bool) {
        let departures = Departures()
        self.departures = departures
        loop.adoptThread()
        loop.departures = departures
        if includingRequests { departures.includeRequests() }
        worker.depart()
        pools.closeIdle(on: loop)
        loop.wakeTasks()
    }

    /// Those whose answer takes long leave as well.
    func includeRequests() {
        departures?.includeRequests()
        loop.adoptThread()
        loop.wakeTasks()
    }

    /// Whether its connections are to leave.
    var isDeparting: Bool { departures != nil }

    /// Whether what left may wait for somebody to take it.
    var isHolding: Bool { departures.map { !$0.isEmpty } ?? false }

    /// What has gathered, as a successor gets it: through the bytes of the protocol.
    func takeDeparted() throws -> [ConnectionInTransit] {
        guard let departures else { return [] }
        let batch = departures.take(atMost: .max)
        gone += batch
        let arrived = try batch.map { connection in
            let bytes = MessageEncoder.bytes(of: try connection.message().message, version: 1)
            return ConnectionInTransit(try arrival(bytes, connection.descriptors))
        }
        departures.settle(batch.count)
        return arrived
    }

    /// Serves on, with all that nobody took.
    func comeBack() {
        guard let departures else { return }
        self.departures = nil
        let returned = departures.take(atMost: .max)
        loop.departures = nil
        departures.settle(returned.count)
        adopt(returned)
    }

    func adopt(_ connections: [ConnectionInTransit]) {
        loop.adoptThread()
        for connection in connections { worker.adopt(connection.content) }
    }

    /// Runs until nothing moves any more, without letting time pass.
    func runUntilQuiet() {
        loop.adoptThread()
        var quietTurns = 0
        while quietTurns < 2 {
            kernel.alarm = kernel.now
            loop.turn()
            quietTurns = kernel.lastEventCount == 0 && loop.isIdle ? quietTurns + 1 : 0
        }
    }

    /// Whether any connection is here.
    var isBusy: Bool { loop.connectionCount.load(ordering: .relaxed) > 0 }

    /// What is still held here.
    var remains: [String] {
        var remains: [String] = []
        let count = loop.connectionCount.load(ordering: .relaxed)
        if count != 0 { remains.append("\(count) connections counted in a process") }
        if let departures, !departures.isEmpty { remains.append("unsettled departures") }
        return remains
    }

    private func arrival(
        _ bytes: [UInt8], _ numbers: [CInt]
    ) throws -> ArrivedConnection {
        var decoder = MessageDecoder()
        decoder.version = 1
        guard case .message(let message, let consumed) = try decoder.next(bytes.span),
            consumed == bytes.count
        else { throw Unreadable() }
        switch message {
        case .client(let client): return .client(client, Descriptor(owning: numbers[0]))
        case .tunnel(let tunnel):
            return .tunnel(
                tunnel, client: Descriptor(owning: numbers[0]),
                server: Descriptor(owning: numbers[1]))
        default: throw Unreadable()
        }
    }

    private struct Unreadable: Error {}
}

extension ConnectionInTransit {
    fileprivate var descriptors: [CInt] {
        switch content {
        case .client(let client): [client.end.number]
        case .exchange(let exchange): [exchange.client.number, exchange.server.number]
        }
    }
}
