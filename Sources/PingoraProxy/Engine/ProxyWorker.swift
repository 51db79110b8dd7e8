import PingoraCore

/// One loop's part of a proxy service: it keeps idle clients, and gives busy ones a task.
///
/// A connection has a task only while it is busy; a parked one is an entry in the loop's tables.
/// That is what lets an idle client cost well under 1 KiB.
final class ProxyWorker<Logic: ProxyHttp>: ServiceWorker, ConnectionKeeper {
    private let logic: Logic
    private let options: ProxyOptions
    private let loop: EventLoop
    private let pools: ConnectionPools
    private let memory = WorkerMemory(of: Logic.self)
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

    init(
        _ logic: Logic, _ options: ProxyOptions, on loop: EventLoop, _ pools: ConnectionPools
    ) {
        self.logic = logic
        self.options = options
        self.loop = loop
        self.pools = pools
    }

    func serve(_ socket: consuming AcceptedSocket) {
        let peer = socket.peerAddress
        do {
            let client = try Connection(socket.takeDescriptor(), peer: peer, on: loop)
            guard !loop.isDraining else {
                // Another loop accepted it before it began to drain: its request may be here.
                client.lookForBytes()
                return connectionReady(client)
            }
            park(client, until: loop.now.advanced(by: options.clientIdle))
        } catch {
            log.limited.error("accept_failed", ("error", error))
        }
    }

    func connectionReady(_ connection: Connection) {
        connection.unpark()
        // nonisolated(unsafe): the task runs on this loop's thread, as everything here does.
        nonisolated(unsafe) let (worker, client) = (self, connection)
        loop.spawn { await unsafe worker.converse(with: client) }
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

    private func park(_ connection: Connection, until deadline: MonotonicTime) {
        guard !loop.isDraining, deadline > loop.now else { return connection.close() }
        connection.park(with: self, until: deadline)
    }

    /// What serves a client: one that has served others, with all its memory, if there is one.
    private func takeFlow(for client: Connection) -> RequestFlow<Logic> {
        guard let flow = spareFlow else {
            return RequestFlow(logic, Session(client, options, memory), pools)
        }
        spareFlow = flow.nextSpare
        flow.nextSpare = nil
        spareFlowCount -= 1
        flow.adopt(client)
        return flow
    }

    private func keep(_ flow: RequestFlow<Logic>) {
        guard spareFlowCount < ProxyWorker.spareFlowsLimit, flow.isSmall else { return }
        flow.nextSpare = spareFlow
        spareFlow = flow
        spareFlowCount += 1
    }

    /// The keep-alive loop: requests of one client, one after the other.
    private func converse(with client: Connection) async {
        let flow = takeFlow(for: client)
        defer { keep(flow) }
        let session = flow.session
        do {
            repeat {
                session.beginRequest()
                guard try await awaitHead(session) else { return }
                await flow.run()
            } while session.isPersistent && client.isOpen
        } catch {
            await flow.refuse(error)
        }
        await session.close()
    }

    /// Waits for a request; false if the connection was closed or left to the loop.
    private func awaitHead(_ session: Session) async throws(ProxyError) -> Bool {
        let client = session.client
        while true {
            switch try session.receiveHead() {
            case .complete: return true
            case .end:
                client.close()
                return false
            case .incomplete(let deadline):
                let isQuiet = !session.hasBegun
                guard !isQuiet || quietTasks < ProxyWorker.quietTasksLimit && !loop.isDraining
                else {
                    park(client, until: session.idleDeadline)
                    return false
                }
                if isQuiet { quietTasks += 1 }
                let hasNews = await client.wait(until: deadline)
                if isQuiet { quietTasks -= 1 }
                if hasNews { continue }
                guard isQuiet else {
                    throw ProxyError(.downstream, .readingRequest, .timedOut)
                }
                park(client, until: session.idleDeadline)
                return false
            }
        }
    }
}
