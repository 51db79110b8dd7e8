import CLinux
import Glibc
import Synchronization

/// A server whose loops run.
public final class RunningServer: @unchecked Sendable {
    // @unchecked: `acceptors` and `workers` are complete before the loops start; after that each
    // is touched on its own loop's thread only.

    /// Where it listens, with real ports; in the order of the services and their addresses.
    public let addresses: [SocketAddress]
    private let loops: [EventLoop]
    private let listeners: [Listener]
    private var acceptors: [[Acceptor]]
    private var workers: [[any ServiceWorker]]
    private let ended: Semaphore = Semaphore()
    private let isStopped = Atomic<Bool>(false)
    private let isDraining = Atomic<Bool>(false)
    /// Loops that still accept.
    private let accepting: Atomic<Int>

    private let resources: ServiceResources
    private let gracePeriod: TimeLimit

    init(
        loops: [EventLoop], listeners: [Listener], resources: ServiceResources,
        gracePeriod: TimeLimit
    ) {
        self.loops = loops
        self.listeners = listeners
        self.resources = resources
        self.gracePeriod = gracePeriod
        accepting = Atomic(loops.count)
        addresses = listeners.map(\.address)
        acceptors = loops.map { _ in [] }
        workers = loops.map { _ in [] }
    }

    /// Gives every loop a worker of `service` and an ear on its listeners.
    func start(
        _ service: any Service, on listeners: [Listener]
    ) throws(ServerError) {
        let serving = loops.map { service.makeWorker(on: $0, shared: resources) }
        for (index, worker) in serving.enumerated() { workers[index].append(worker) }
        // nonisolated(unsafe): each worker is used on its own loop's thread only.
        nonisolated(unsafe) let byLoop = serving
        let adopt: @Sendable (CInt, SocketAddress?, EventLoop) -> Void = { number, peer, loop in
            unsafe byLoop[loop.index].serve(AcceptedSocket(owning: number, peer: peer))
        }
        for listener in listeners {
            for loop in loops {
                do {
                    acceptors[loop.index].append(
                        try Acceptor(listener, on: loop, among: loops, adopt: adopt))
                } catch {
                    throw .cannotListen(listener.address, error)
                }
            }
            log.info("listening", ("service", service.name), ("address", listener.address))
        }
    }

    func run(_ loop: EventLoop) {
        loop.run()
        ended.signal()
    }

    /// Connections that are open, pooled ones included.
    public var connectionCount: Int {
        loops.reduce(0) { $0 + $1.connectionCount.load(ordering: .relaxed) }
    }

    /// Serves until SIGINT (ends at once) or SIGTERM or SIGQUIT (when requests in flight are done,
    /// at the latest after the grace period or a second signal). Signals must have been blocked;
    /// see ``Server/blockSignals()``.
    public func serveUntilSignal() {
        var signal = clinux_wait_signal(-1)
        while signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2 {
            log.info("signal_ignored", ("number", signal))
            signal = clinux_wait_signal(-1)
        }
        let isGraceful = signal != SIGINT
        log.info("stopping", ("signal", signal), ("graceful", isGraceful))
        if isGraceful { drainUntilDone() }
        stop()
        log.info("stopped")
    }

    /// Drains until the last connection is gone, a second signal comes or the grace period ends.
    private func drainUntilDone() {
        drain()
        let deadline = MonotonicTime.current.advanced(by: gracePeriod)
        while connectionCount > 0, MonotonicTime.current < deadline {
            let signal = clinux_wait_signal(20)
            if signal == SIGINT || signal == SIGTERM { return }
        }
    }

    /// Stops accepting and lets requests in flight finish. New connections are refused.
    public func drain() {
        guard !isDraining.exchange(true, ordering: .relaxed) else { return }
        for loop in loops {
            loop.execute { [self] in
                for acceptor in acceptors[loop.index] { acceptor.stop() }
                // The last one to stop closes the door.
                if accepting.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
                    for listener in listeners { listener.refuseConnections() }
                }
                loop.isDraining = true
                for worker in workers[loop.index] { worker.drain() }
                resources.pools.closeIdle(on: loop)
            }
        }
        for listener in listeners { listener.removeFile() }
    }

    /// Ends the loops and waits for them. What is still in flight is cut.
    public func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        for loop in loops { loop.stop() }
        for _ in loops { ended.wait() }
        for listener in listeners { listener.removeFile() }
    }
}
