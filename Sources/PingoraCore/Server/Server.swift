import CLinux
import Glibc

/// Runs services on event loops until a signal ends the process.
public final class Server {
    /// What another process may log about this one.
    static let program = "pingora 0.1.0"

    private let options: ServerOptions
    private var services: [any Service] = []

    /// A server without services yet.
    public init(_ options: ServerOptions = ServerOptions()) {
        self.options = options
    }

    /// Adds a service. Before ``run()`` or ``start(_:)``.
    public func add(_ service: some Service) {
        services.append(service)
    }

    /// Starts, and serves until a signal ends it; see ``RunningServer/serveUntilSignal(_:)``.
    ///
    /// - Throws: `ServerError` when an address can't be bound, or an upgrade fails; nothing is left
    ///   open.
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

    /// Leaves signals to ``RunningServer/serveUntilSignal(_:)``. Before any other thread starts,
    /// which inherits it.
    public static func blockSignals() { clinux_block_signals() }

    /// Binds every address, or takes its socket from systemd or from the process it takes over
    /// from, and serves.
    ///
    /// - Parameter didBind: called when all sockets are there and nothing runs yet: to give up
    ///   privileges.
    /// - Throws: `ServerError` naming the address; nothing is left open.
    public func start(
        didBind: () throws -> Void = {}
    ) throws(ServerError) -> RunningServer {
        guard !options.upgrade.takesOver else {
            return try TakeOver(options).run { taken throws(ServerError) in
                try prepare(claiming: &taken, didBind)
            }
        }
        var inherited = try InheritedSockets.fromEnvironment()
        let running = try prepare(claiming: &inherited, didBind)
        try running.acceptAll()
        return running
    }

    /// All that can be done before clients may come.
    private func prepare(
        claiming inherited: inout InheritedSockets, _ didBind: () throws -> Void
    ) throws(ServerError) -> RunningServer {
        do throws(ServerError) {
            return try bindAll(claiming: &inherited, didBind)
        } catch {
            inherited.removeFiles()
            throw error
        }
    }

    private func bindAll(
        claiming inherited: inout InheritedSockets, _ didBind: () throws -> Void
    ) throws(ServerError) -> RunningServer {
        var listeners: [[Listener]] = []
        for service in services {
            listeners.append(try inherited.listeners(for: service.addresses))
        }
        do {
            try didBind()
        } catch {
            throw .notAllowed("\(error)")
        }
        let running = RunningServer(
            services, on: listeners, loops: try makeLoops(), options: options)
        running.startLoops()
        return running
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
