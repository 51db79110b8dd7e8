import PingoraUpgrade
import Synchronization

/// Giving connections to another process, and taking those of another one.
extension RunningServer {
    /// Stops accepting, and sends every connection to `departures` as soon as it can leave. The
    /// listeners stay open: another process accepts on them.
    func depart(to departures: Departures) {
        ownsFiles.store(false, ordering: .relaxed)
        onEachLoop { [self] loop in
            for acceptor in acceptors[loop.index].all { acceptor.standBack() }
        }
        onEachLoop { [self] loop in
            loop.departures = departures
            for service in workers {
                if let worker = service[loop.index] as? any MigratingWorker {
                    worker.depart()
                } else {
                    service[loop.index].drain()
                }
            }
            resources.pools.closeIdle(on: loop)
            loop.wakeTasks()
        }
    }

    /// Serves on as before ``depart(to:)``, with the connections that nobody else took: `returned`,
    /// and what still waits in `departures`.
    func comeBack(from departures: Departures, with returned: [ConnectionInTransit]) {
        ownsFiles.store(true, ordering: .relaxed)
        onEachLoop { [self] loop in
            loop.departures = nil
            for acceptor in acceptors[loop.index].all { acceptor.resume() }
        }
        for connection in returned + departures.take(atMost: .max) { adopt(connection) }
    }

    /// The listening sockets, each by its address, as a successor gets them.
    var namedSockets: [(name: SocketName, descriptor: CInt)] {
        listeners.joined().compactMap { listener in
            listener.name.map { ($0, listener.number) }
        }
    }

    /// Takes over a connection, on the loop that has the fewest.
    func adopt(_ connection: ConnectionInTransit) {
        guard
            let index = services.firstIndex(where: { $0.name == connection.service }),
            let loop = quietestLoop
        else { return log.limited.warning("no_service_for", ("name", connection.service)) }
        loop.executeForConnection { [self] in
            // A worker that can't take it over closes it.
            (workers[index][loop.index] as? any MigratingWorker)?.adopt(connection.content)
        }
    }

    /// Serves a connection that another process has made to try us out; see
    /// docs/UPGRADE_PROTOCOL.md. They go round the loops, so that each is tried.
    func serve(_ socket: consuming FileDescriptor, for service: String, turn: Int) {
        guard let index = services.firstIndex(where: { $0.name == service }) else { return }
        let loop = loops[turn % loops.count]
        let number = socket.release()
        loop.executeForConnection { [self] in
            workers[index][loop.index].serve(AcceptedSocket(owning: number, peer: nil))
        }
    }

    private var quietestLoop: EventLoop? {
        loops.min {
            $0.connectionCount.load(ordering: .relaxed)
                < $1.connectionCount.load(ordering: .relaxed)
        }
    }
}
