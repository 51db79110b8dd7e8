import CLinux
import Glibc

/// Runs services on event loops until a signal ends the process.
public final class Server {
    private let options: ServerOptions
    private var services: [any Service] = []

    /// A server without services yet.
    public init(_ options: ServerOptions = ServerOptions()) {
        self.options = options
    }

    /// Adds a service. Before ``run()`` or ``start()``.
    public func add(_ service: some Service) {
        services.append(service)
    }

    /// Starts, and serves until a signal ends it; see ``RunningServer/serveUntilSignal()``.
    ///
    /// - Throws: `ServerError` when an address can't be bound; nothing is left open.
    public func run() throws(ServerError) {
        Server.blockSignals()
        try start().serveUntilSignal()
    }

    /// As ``run()``, for a program that does nothing else: ends the process, with status 1 where it
    /// could not start. The log goes to standard error, unless one was started.
    public func runForever() -> Never {
        // Before the log's thread, which would take signals otherwise.
        Server.blockSignals()
        Log.startIfNeeded()
        var status: CInt = 0
        do {
            try run()
        } catch {
            log.error("start_failed", ("error", error))
            status = 1
        }
        Log.flush()
        exit(status)
    }

    /// Leaves signals to ``RunningServer/serveUntilSignal()``. Before any other thread starts,
    /// which inherits it.
    public static func blockSignals() { clinux_block_signals() }

    /// Binds every address, then starts the loops.
    ///
    /// - Throws: `ServerError` naming the address; nothing is left open.
    public func start() throws(ServerError) -> RunningServer {
        let listeners = try bind()
        let loops = try makeLoops()
        let resources = ServiceResources(
            pools: ConnectionPools(loops: loops, capacity: options.upstreamKeepalivePoolSize))
        let running = RunningServer(
            loops: loops, listeners: listeners.flatMap { $0 }, resources: resources,
            gracePeriod: options.gracePeriod)
        for (service, listeners) in zip(services, listeners) {
            try running.start(service, on: listeners)
        }
        for loop in loops {
            LoopThread.start(named: "loop-\(loop.index)") { running.run(loop) }
        }
        return running
    }

    private func bind() throws(ServerError) -> [[Listener]] {
        var all: [[Listener]] = []
        for service in services {
            var listeners: [Listener] = []
            for address in service.addresses {
                do {
                    listeners.append(try Listener(binding: address))
                } catch {
                    throw ServerError.cannotListen(address, error)
                }
            }
            all.append(listeners)
        }
        return all
    }

    private func makeLoops() throws(ServerError) -> [EventLoop] {
        var loops: [EventLoop] = []
        for index in 0..<options.threads {
            do {
                loops.append(try EventLoop(index: index))
            } catch {
                throw ServerError.cannotStart(error)
            }
        }
        return loops
    }
}

/// Why a server did not start.
public enum ServerError: Error, CustomStringConvertible {
    case cannotListen(SocketAddress, SystemError)
    case cannotStart(SystemError)
    /// The text is no address: neither IPv4 nor IPv6 with a port, nor a Unix path.
    case invalidAddress(String)

    public var description: String {
        switch self {
        case .cannotListen(let address, let error): "cannot listen on \(address): \(error)"
        case .cannotStart(let error): "cannot start: \(error)"
        case .invalidAddress(let text):
            "invalid address: expected 127.0.0.1:6188, [::1]:6188 or unix:/path, "
                + "got \(String(text.unicodeScalars.prefix(100)).debugDescription)"
        }
    }
}
