import Synchronization
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// The whole engine on the simulated kernel: one loop, one worker of a proxy service, scripted
/// clients and a scripted origin, all in one thread.
///
/// Make and use it inside of ``SimulatedKernel/run(_:)``; see ``simulate(seed:_:)``.
final class SimulatedProxy {
    static let address = SocketAddress.ipv4(0x7f00_0001, port: 80)
    static let originAddress = SocketAddress.ipv4(0x7f00_0001, port: 9000)
    /// Nobody listens there.
    static let deadAddress = SocketAddress.ipv4(0x7f00_0001, port: 9001)
    /// A connect to it never ends.
    static let silentAddress = SocketAddress.ipv4(0x7f00_0001, port: 9002)

    let kernel: SimulatedKernel
    let loop: EventLoop
    let pools: ConnectionPools
    let worker: any ServiceWorker
    private let acceptor: Acceptor
    private let origin: SimulatedListener
    /// What each connection to the origin does, in order.
    var originScripts: [[ScriptStep]] = []
    /// Makes the far end of a connection to the origin, instead of a script.
    var makeOrigin: ((SimulatedEndpoint) -> any SimulatedParty)?
    private(set) var originPeers: [any SimulatedParty] = []
    private(set) var clients: [any SimulatedParty] = []
    /// Connections to the origin beyond its scripts.
    private(set) var unexpectedConnections = 0
    /// Runs each turn of the loop, so that a test can put a kernel around it.
    var around: (() -> Void) -> Void = { $0() }
    /// Looks at the proxy after each turn.
    var afterTurn: (() -> Void)?
    private let idleDescriptors: Int
    /// What the connections have held, looked at after each turn.
    private(set) var memory = HeldMemory()

    init(
        _ logic: some ProxyHttp, on kernel: SimulatedKernel,
        options: ProxyOptions = ProxyOptions(), poolSize: Int = 8
    ) throws {
        self.kernel = kernel
        kernel.silentAddresses = [SimulatedAddress(port: SimulatedProxy.silentAddress.port)]
        loop = try EventLoop()
        loop.adoptThread()
        pools = ConnectionPools(loops: [loop], capacity: poolSize)
        let service = ProxyService(logic, listen: [SimulatedProxy.address], options: options)
        worker = service.makeWorker(on: loop, shared: ServiceResources(pools: pools))
        let shared = Unchecked(worker)
        acceptor = try Acceptor(
            Listener(binding: SimulatedProxy.address), on: loop, among: [loop]
        ) { number, peer, _ in
            shared.value.serve(
                AcceptedSocket(owning: number, peer: peer, listener: SimulatedProxy.address))
        }
        origin = SimulatedListener(SimulatedAddress(port: SimulatedProxy.originAddress.port))
        idleDescriptors = kernel.openDescriptors
    }

    /// Connects a client that follows `script`.
    @discardableResult
    func client(_ script: [ScriptStep]) throws -> ScriptedPeer {
        let peer = ScriptedPeer("client \(clients.count)", try connect(), script, on: kernel)
        clients.append(peer)
        return peer
    }

    /// Adds a client of another kind.
    func add(client: any SimulatedParty) {
        clients.append(client)
    }

    /// Connects to the proxy.
    func connect() throws -> SimulatedEndpoint {
        try #require(
            SimulatedEndpoint(connectingTo: SimulatedAddress(port: SimulatedProxy.address.port)))
    }

    /// Runs turns until every script is over, nothing will ever move, or virtual time is up.
    func run(seconds: Double = 300) {
        let end = kernel.now + Int64(seconds * 1e9)
        while kernel.now < end, !isFinished {
            turn(until: end)
            if kernel.isStuck { break }
        }
    }

    /// Whether every script is over.
    var isFinished: Bool {
        (clients + originPeers).allSatisfy(\.isFinished)
            && originPeers.count >= originScripts.count
    }

    /// The peers do what they can, then the loop has one turn.
    func turn(until end: Int64 = .max) {
        let hasMoved = stepPeers()
        let wakes = (clients + originPeers).map(\.wakes).min() ?? .max
        kernel.alarm = hasMoved ? kernel.now : min(wakes, end)
        turnLoop()
        afterTurn?()
    }

    private func turnLoop() {
        kernel.seenEventCount = kernel.eventCount
        around { loop.turn() }
        memory.check(loop)
        kernel.seenEventCount = nil
        kernel.alarm = .max
    }

    private func stepPeers() -> Bool {
        var hasMoved = acceptAtOrigin()
        for peer in (clients + originPeers).shuffled(using: &kernel.random) {
            if peer.step() { hasMoved = true }
        }
        return hasMoved
    }

    private func acceptAtOrigin() -> Bool {
        guard let endpoint = origin.accept() else { return false }
        if let makeOrigin {
            originPeers.append(makeOrigin(endpoint))
            return true
        }
        let index = originPeers.count
        guard index < originScripts.count else {
            unexpectedConnections += 1
            endpoint.reset()
            return true
        }
        originPeers.append(
            ScriptedPeer("origin \(index)", endpoint, originScripts[index], on: kernel))
        return true
    }

    /// Runs turns without letting time pass, until nothing moves any more.
    func calm() {
        var quietTurns = 0
        while quietTurns < 3 {
            let hasMoved = stepPeers()
            kernel.alarm = kernel.now
            turnLoop()
            let isQuiet = !hasMoved && kernel.lastEventCount == 0 && loop.isIdle
            quietTurns = isQuiet ? quietTurns + 1 : 0
        }
    }

    /// Lets time pass for what a filter or a lingering close may still wait for.
    private func pass(seconds: Double) {
        let end = kernel.now + Int64(seconds * 1e9)
        while kernel.now < end {
            kernel.alarm = end
            turnLoop()
        }
    }

    /// What did not go by the scripts.
    var complaints: [String] {
        var all = (clients + originPeers).compactMap(\.complaint)
        if originPeers.count < originScripts.count {
            all.append("the origin got \(originPeers.count) connections")
        }
        if unexpectedConnections > 0 {
            all.append("\(unexpectedConnections) more connections to the origin than expected")
        }
        return all + memory.violations
    }

    /// Hangs up on every side; then says what the proxy still holds, or held when it should not.
    func leaks() -> [String] {
        for round in 0..<4 {
            for peer in clients + originPeers { peer.endpoint.close() }
            calm()
            if round == 0 { pass(seconds: 5) }
        }
        var all = memory.violations
        let open = kernel.openDescriptors - idleDescriptors
        if open != 0 { all.append("\(open) descriptors left open") }
        let count = loop.connectionCount.load(ordering: .relaxed)
        if count != 0 { all.append("\(count) connections still counted") }
        return all
    }

    /// Ends the listeners.
    func stop() {
        acceptor.stop()
        origin.close()
    }
}

/// Runs `body` on a simulated kernel with the given seed, and reports what it throws.
func simulate(seed: UInt64, _ body: (SimulatedKernel) throws -> Void) {
    let kernel = SimulatedKernel(seed: seed)
    do {
        try kernel.run { try body(kernel) }
    } catch {
        Issue.record(error, "seed \(seed)")
    }
}
