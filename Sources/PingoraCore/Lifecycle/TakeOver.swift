import PingoraUpgrade
import Synchronization

/// The new process's way into service: it takes the sockets, prepares, lets itself be tried out,
/// serves, and receives the connections of the old one, which decides (docs/UPGRADE_PROTOCOL.md).
struct TakeOver {
    private let options: ServerOptions

    init(_ options: ServerOptions) {
        self.options = options
    }

    /// Takes over with the server that `prepare` makes; it runs when this returns.
    ///
    /// - Throws: `ServerError`; the old process serves on then, if there is one.
    func run(
        _ prepare: (inout InheritedSockets) throws(ServerError) -> RunningServer
    ) throws(ServerError) -> RunningServer {
        var successor = Successor(
            channel: try meet(), program: Server.program, limits: HandOverLimits(options.upgrade))
        let running: RunningServer
        do throws(ServerError) {
            running = try prepared(&successor, prepare)
        } catch {
            return try giveUp(successor, error)
        }
        do throws(ServerError) {
            try enter(running, &successor)
        } catch {
            // What we accepted before the old process changed its mind is answered still.
            running.finishBriefly()
            return try giveUp(successor, error)
        }
        running.ownsFiles.store(true, ordering: .relaxed)
        Arrivals(successor).start(on: running)
        return running
    }

    /// Tells the old process what it does not know yet.
    private func giveUp(
        _ successor: consuming Successor, _ error: ServerError
    ) throws(ServerError) -> RunningServer {
        if case .takeOverFailed = error { throw error }
        successor.giveUp(reason: error.description)
        throw error
    }

    /// Waits for the old process at the socket, whose file is gone afterwards.
    private func meet() throws(ServerError) -> UpgradeChannel {
        guard let path = options.upgrade.socketPath else { throw .noUpgradeSocket }
        let owner = options.upgrade.owner
        do throws(UpgradeError) {
            let listener = try UpgradeListener(binding: path, owner: owner)
            log.info("waiting_for_predecessor", ("socket", path), ("wait", options.upgrade.wait))
            return try accept(
                from: listener, owner.map { .sameUserOrRoot(or: $0.user) } ?? .sameUserOrRoot)
        } catch {
            throw .takeOverFailed(error.description)
        }
    }

    /// Waits in short pieces, since nobody else looks at signals yet.
    private func accept(
        from listener: borrowing UpgradeListener, _ rule: PeerRule
    ) throws(UpgradeError) -> UpgradeChannel {
        let deadline = MonotonicTime.current.advanced(by: options.upgrade.wait)
        while true {
            do throws(UpgradeError) {
                return try listener.accept(within: .milliseconds(100), allowing: rule)
            } catch {
                guard case .nobodyThere = error, MonotonicTime.current < deadline,
                    !Signals.wantEnd()
                else { throw error }
            }
        }
    }

    private func prepared(
        _ successor: inout Successor,
        _ prepare: (inout InheritedSockets) throws(ServerError) -> RunningServer
    ) throws(ServerError) -> RunningServer {
        var sockets: InheritedSockets
        do throws(UpgradeError) {
            let taken = try successor.takeSockets()
            log.info("sockets_received", ("count", taken.count))
            if !taken.secrets.bytes.isEmpty {
                options.upgrade.secrets?.inherit(taken.secrets.bytes)
            }
            sockets = InheritedSockets(taken)
        } catch {
            throw .takeOverFailed(error.description)
        }
        let running = try prepare(&sockets)
        running.ownsFiles.store(false, ordering: .relaxed)
        return running
    }

    /// Lets itself be tried out, accepts, and waits until the old process lets go.
    private func enter(
        _ running: RunningServer, _ successor: inout Successor
    ) throws(ServerError) {
        var count = 0
        do throws(UpgradeError) {
            try successor.announceReady { service, socket in
                running.serve(
                    FileDescriptor(owning: socket.release()), for: "\(service)", turn: count)
                count += 1
            }
        } catch {
            throw .takeOverFailed(error.description)
        }
        log.info("probation_passed", ("probes", count))
        // To take over and then end would leave nobody.
        guard !Signals.wantEnd() else { throw .interrupted }
        try running.acceptAll()
        do throws(UpgradeError) {
            let ending = try successor.announceServing()
            log.info("took_over", ("predecessor", ending == .released ? "drains" : "gone"))
        } catch {
            throw .takeOverFailed(error.description)
        }
    }
}

/// Receives the connections of the old process, on a thread of its own, for as long as it sends.
private final class Arrivals: Sendable {
    private let successor: Mutex<Successor>

    init(_ successor: consuming Successor) {
        self.successor = Mutex(consume successor)
    }

    func start(on running: RunningServer) {
        running.hasPredecessor.store(true, ordering: .sequentiallyConsistent)
        LoopThread.start(named: "arrivals") { [self] in
            var count = 0
            // Nobody else wants the lock: it only says that this thread has the channel.
            let end = successor.withLock { successor in
                successor.receiveConnections { connection in
                    count += 1
                    running.adopt(ConnectionInTransit(connection))
                }
            }
            log.info("predecessor_left", ("connections", count), ("end", "\(end)"))
            running.hasPredecessor.store(false, ordering: .sequentiallyConsistent)
        }
    }
}
