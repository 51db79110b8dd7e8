import CLinux
import Glibc
import Synchronization

/// A server whose loops run.
///
/// Invariants:
/// 1. What is in `acceptors` and in `workers` is touched on its loop's thread only, and when the
///    loops have ended.
/// 2. `services`, `listeners` and `options` belong to the thread that leads the server through its
///    life: the one that started it, then the one that waits for signals, and for a hand-over the
///    thread that it lends them to.
public final class RunningServer: @unchecked Sendable {
    // @unchecked: invariants 1 and 2.

    let loops: [EventLoop]
    var options: ServerOptions
    let resources: ServiceResources
    /// The services, in the order in which they were added.
    var services: [any Service]
    /// The listeners of each service, in the order of its addresses.
    var listeners: [[Listener]]
    /// One for each service and loop.
    let workers: [[any ServiceWorker]]
    /// Those of each loop.
    let acceptors: [LoopAcceptors]
    /// Whether the files of our Unix sockets go with us: not while another process serves there.
    let ownsFiles = Atomic<Bool>(true)
    /// Whether a process that we took over from still sends us connections.
    let hasPredecessor = Atomic<Bool>(false)
    let isDraining = Atomic<Bool>(false)
    private let ended = Semaphore()
    private let isStopped = Atomic<Bool>(false)

    /// Makes every loop a worker of each of `services`. Nothing runs yet.
    init(
        _ services: [any Service], on listeners: [[Listener]], loops: [EventLoop],
        options: ServerOptions
    ) {
        self.services = services
        self.listeners = listeners
        self.loops = loops
        self.options = options
        let resources = ServiceResources(
            pools: ConnectionPools(loops: loops, capacity: options.upstreamKeepalivePoolSize))
        self.resources = resources
        workers = services.map { service in
            loops.map { service.makeWorker(on: $0, shared: resources) }
        }
        acceptors = loops.map { _ in LoopAcceptors() }
    }

    /// Where it listens, with real ports; in the order of the services and their addresses.
    public var addresses: [SocketAddress] { listeners.flatMap { $0 }.map(\.address) }

    /// Connections that are open, pooled ones included.
    public var connectionCount: Int {
        loops.reduce(0) { $0 + $1.connectionCount.load(ordering: .sequentiallyConsistent) }
    }

    /// Starts the loops' threads. They serve what is given to them, and accept nothing yet.
    func startLoops() {
        for loop in loops {
            LoopThread.start(named: "loop-\(loop.index)") { [self] in
                loop.run()
                ended.signal()
            }
        }
    }

    /// Has every loop accept on all listeners.
    ///
    /// - Throws: `ServerError` naming the first address that can't be watched.
    func acceptAll() throws(ServerError) {
        for (index, listeners) in listeners.enumerated() {
            for listener in listeners { try accept(on: listener, for: index) }
        }
    }

    /// Has every loop accept on `listener`, for the service with this index.
    func accept(on listener: Listener, for service: Int) throws(ServerError) {
        let failure = Mutex<SystemError?>(nil)
        let address = listener.requested
        onEachLoop { [self] loop in
            do throws(SystemError) {
                let acceptor = try Acceptor(listener, on: loop, among: loops) {
                    [self] number, peer, loop in
                    workers[service][loop.index].serve(
                        AcceptedSocket(owning: number, peer: peer, listener: address))
                }
                acceptors[loop.index].all.append(acceptor)
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) {
            throw .cannotListen(listener.address, error)
        }
        log.info(
            "listening", ("service", services[service].name), ("address", listener.address))
    }

    /// Runs `body` on the thread of every loop, and waits until all have.
    func onEachLoop(_ body: @escaping @Sendable (EventLoop) -> Void) {
        let done = Semaphore()
        for loop in loops {
            loop.execute {
                body(loop)
                done.signal()
            }
        }
        for _ in loops { done.wait() }
    }

    /// Ends the loops and waits for them. What is still in flight is cut.
    public func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        for loop in loops { loop.stop() }
        for _ in loops { ended.wait() }
        // They hold on to us.
        for acceptors in acceptors { acceptors.all = [] }
        removeFiles()
    }

    func removeFiles() {
        guard ownsFiles.load(ordering: .relaxed) else { return }
        for listener in listeners.joined() { listener.removeFile() }
    }
}
