import CLinux
import Glibc
import Synchronization
import TestSupport

@testable import PingoraCore
@testable import PingoraProxy

/// The whole engine, on a loop of its own: two services, without filters and with them, and an
/// address at which origins are made. It lives for the whole run, so that what one round leaves
/// behind is there in the next.
final class FuzzEngine {
    let kernel = FuzzKernel()
    let loop: EventLoop
    private let workers: [any ServiceWorker]
    private let origins: OriginListener
    private let directory: String

    /// A proxy with deadlines of a few seconds, all limits at their defaults.
    init(in directory: String) throws {
        self.directory = directory
        kernel.install()
        loop = try EventLoop()
        loop.adoptThread()
        var options = ProxyOptions()
        let limit = TimeLimit.seconds(2)
        (options.clientHeader, options.clientBody, options.clientWrite) = (limit, limit, limit)
        (options.clientIdle, options.tunnelIdle) = (.seconds(3), .seconds(4))
        let addresses = FuzzAddresses(
            origin: .unix("\(directory)/origin"), dead: .unix("\(directory)/dead"))
        let resources = ServiceResources(pools: ConnectionPools(loops: [loop], capacity: 8))
        workers = [
            ProxyService(PlainLogic(addresses: addresses), listen: [], options: options)
                .makeWorker(on: loop, shared: resources),
            ProxyService(FilteringLogic(addresses: addresses), listen: [], options: options)
                .makeWorker(on: loop, shared: resources),
        ]
        origins = try OriginListener(at: addresses.origin)
    }

    /// Removes what is left in the file system.
    func remove() {
        unlink("\(directory)/origin")
        rmdir(directory)
    }

    /// Connects a client to one of the services.
    func connect(using random: inout SeededGenerator) throws -> SimulatedEndpoint {
        let buffer = [2304, 8192, 65_536, 212_992].randomElement(using: &random) ?? 8192
        guard let pair = kernel.makePair(buffer: CInt(buffer)) else {
            throw SystemError(call: "socketpair", code: errno)
        }
        let host = UInt32.random(in: 1...4, using: &random)
        let worker = workers[Int.random(in: 0..<workers.count, using: &random)]
        worker.serve(
            AcceptedSocket(owning: pair.near, peer: .ipv4(0x7f00_0000 | host, port: 40_000)))
        return SimulatedEndpoint(owning: pair.far)
    }

    /// The next connection that the engine has made to the origin; nil if there is none.
    func nextOrigin() -> SimulatedEndpoint? { origins.next() }

    /// One turn of the loop. No time passes where `isBusy`, and none beyond `alarm`.
    func turn(isBusy: Bool, until alarm: Int64) {
        (kernel.isBusy, kernel.alarm) = (isBusy, alarm)
        kernel.seenEventCount = kernel.eventCount
        loop.turn()
    }

    /// Clients and upstreams that are open.
    var connectionCount: Int { loop.connectionCount.load(ordering: .relaxed) }

    /// Waits, with all peers gone, until the engine holds nothing any more; false if it does not
    /// let go.
    func settle() -> Bool {
        let end = kernel.now + 20_000_000_000
        var turns = 0
        defer { refuseLate() }
        while connectionCount > 0 || !loop.isIdle {
            refuseLate()
            guard kernel.now < end, turns < 100_000 else { return false }
            turns += 1
            turn(isBusy: false, until: end)
        }
        return true
    }

    /// Hangs up on what was connected to the origin and is not wanted any more.
    private func refuseLate() {
        while let late = nextOrigin() { late.close() }
    }
}

/// Where the engine finds its origin.
private final class OriginListener {
    private let listener: Listener

    init(at address: SocketAddress) throws {
        listener = try Listener(binding: address)
    }

    func next() -> SimulatedEndpoint? {
        SimulatedEndpoint.accepted(by: listener.number).map(SimulatedEndpoint.init(owning:))
    }
}
