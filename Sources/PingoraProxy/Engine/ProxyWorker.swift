import PingoraCore

/// One loop's part of a proxy service: it keeps idle clients, and gives busy ones a task.
///
/// A connection has a task only while it is busy; a parked one is an entry in the loop's tables.
/// That is what lets an idle client cost well under 1 KiB.
final class ProxyWorker<Logic: ProxyHttp>: ServiceWorker, ConnectionKeeper {
    private(set) var service: ProxyService<Logic>
    /// Counts the services that were followed: what was made for an earlier one is not used again.
    private(set) var generation = 0
    let loop: EventLoop
    private let resources: ServiceResources
    let memory: WorkerMemory
    /// What has served clients that left, for those that come: the first of a chain.
    private var spareFlow: RequestFlow<Logic>?
    private var spareFlowCount = 0
    /// As many as are busy at once on a loaded loop: 64 of at most 40 KiB are 2.5 MiB.
    private static var spareFlowsLimit: Int { 64 }
    /// Tasks that wait for their client's next request.
    private var quietTasks = 0
    /// A burst of clients that then fall silent leaves no more tasks behind than this (some 6 KiB
    /// each); beyond it a quiet connection goes back to the loop at once.
    private static var quietTasksLimit: Int { 512 }

    init(_ service: ProxyService<Logic>, on loop: EventLoop, _ resources: ServiceResources) {
        self.service = service
        memory = WorkerMemory(of: service.logic, service: service.name, service.options)
        self.loop = loop
        self.resources = resources
    }

    func serve(_ socket: consuming AcceptedSocket) {
        let (peer, listener) = (socket.peerAddress, socket.listener)
        guard let admission = admit(peer) else { return }
        do {
            let client = try Connection(socket.takeDescriptor(), peer: peer, on: loop)
            client.admission = admission
            client.listener = listener
            client.awaitedLayer = layer(of: listener)
            let options = service.options
            welcome(
                client,
                for: client.awaitedLayer == nil ? options.clientIdle : options.clientHandshake)
        } catch {
            log.limited.error("accept_failed", ("error", error))
        }
    }

    /// What a new client gets for its connection: nothing where there are too many, and then it is
    /// closed at once.
    private func admit(_ peer: SocketAddress?) -> ClientCounts.Admission?? {
        let options = service.options
        guard resources.connectionCount < options.maximumConnections else {
            log.limited.warning("too_many_connections", ("limit", options.maximumConnections))
            return nil
        }
        guard let limit = options.connectionsPerClient else { return .some(nil) }
        guard let admission = resources.clients.admit(peer, limit: limit) else {
            let client = peer?.host ?? "unix:"
            log.limited.info("too_many_connections_of_client", ("client", client), ("limit", limit))
            return nil
        }
        return admission
    }

    /// Leaves a client that has not begun a request to the loop.
    func welcome(_ client: Connection, for limit: TimeLimit) {
        // An event that has come already does not come again: the loop would wait for ever.
        guard client.input.isEmpty, !client.hasNews, !loop.isDraining, loop.departures == nil else {
            // Another loop accepted it before it began to drain: its request may be here.
            client.lookForBytes()
            return connectionReady(client)
        }
        park(client, until: loop.now.advanced(by: limit))
    }

    func connectionReady(_ connection: Connection) {
        connection.unpark()
        guard let layer = connection.awaitedLayer else {
            return loop.spawn { [self] in await converse(with: connection) }
        }
        loop.spawn { [self] in await secure(connection, by: layer) }
    }

    func connectionExpired(_ connection: Connection) {
        connection.close()
    }

    /// Closes idle clients, but answers those whose request has come already.
    func drain() {
        for connection in loop.connections(keptBy: self) {
            connection.lookForBytes()
            connectionReady(connection)
        }
    }

    func park(_ connection: Connection, until wanted: MonotonicTime) {
        var deadline = wanted
        if let departures = loop.departures { deadline = min(deadline, departures.idleUntil) }
        guard !loop.isDraining, deadline > loop.now else { return connection.close() }
        connection.park(with: self, until: deadline)
    }

    /// What serves a client: one that has served others, with all its memory, if there is one.
    func takeFlow(for client: Connection) -> RequestFlow<Logic> {
        guard let flow = spareFlow else {
            let session = Session(client, service.options, memory)
            return RequestFlow(service.logic, session, resources.pools, generation: generation)
        }
        spareFlow = flow.nextSpare
        flow.nextSpare = nil
        spareFlowCount -= 1
        flow.adopt(client)
        return flow
    }

    func keep(_ flow: RequestFlow<Logic>) {
        guard spareFlowCount < ProxyWorker.spareFlowsLimit, flow.isSmall,
            flow.generation == generation
        else { return }
        flow.nextSpare = spareFlow
        spareFlow = flow
        spareFlowCount += 1
    }

    /// Serves as `service` wants it from now on.
    func follow(_ service: any Service) -> Bool {
        guard let service = service as? ProxyService<Logic> else { return false }
        self.service = service
        generation += 1
        memory.retries = RetryBudget(service.options)
        memory.follow(service.logic)
        (spareFlow, spareFlowCount) = (nil, 0)
        loop.wakeTasks()
        return true
    }

    /// The keep-alive loop: requests of one client, one after the other.
    func converse(with client: Connection) async {
        var flow = takeFlow(for: client)
        var idleSince = loop.now
        defer { keep(flow) }
        do {
            repeat {
                guard loop.departures == nil || !client.canLeave else {
                    return leave(client, idleSince: idleSince)
                }
                if flow.generation != generation { flow = takeFlow(for: client) }
                flow.session.beginRequest()
                switch try await awaitHead(flow) {
                case .complete:
                    await flow.run()
                    idleSince = loop.now
                case .interrupted:
                    // It is the next time round that asks whether there may be one more request.
                    flow.session.isPersistent = true
                case .end: return
                }
            } while flow.session.isPersistent && client.isOpen
        } catch {
            await flow.refuse(error)
        }
        await flow.session.close()
    }

    /// How the wait for a request ended.
    private enum Arrival {
        case complete
        /// The connection was closed, or left to the loop.
        case end
        /// There is something else to do before the request is served.
        case interrupted
    }

    private func awaitHead(_ flow: RequestFlow<Logic>) async throws(ProxyError) -> Arrival {
        let session = flow.session
        let client = session.client
        while true {
            switch try session.receiveHead() {
            case .complete: return .complete
            case .end:
                client.close()
                return .end
            case .incomplete(let deadline):
                guard loop.departures == nil || !client.canLeave, flow.generation == generation
                else {
                    client.requestCount -= 1
                    return .interrupted
                }
                let isQuiet = !session.hasBegun
                guard !isQuiet || quietTasks < ProxyWorker.quietTasksLimit && !loop.isDraining
                else {
                    leaveToLoop(session)
                    return .end
                }
                if isQuiet { quietTasks += 1 }
                let hasNews = await client.wait(until: deadline)
                if isQuiet { quietTasks -= 1 }
                if hasNews { continue }
                guard isQuiet else {
                    throw ProxyError(.downstream, .readingRequest, .timedOut)
                }
                leaveToLoop(session)
                return .end
            }
        }
    }

    /// Parks a client whose next request has not begun, and does not count as one.
    private func leaveToLoop(_ session: Session) {
        session.client.requestCount -= 1
        park(session.client, until: session.idleDeadline)
    }
}
