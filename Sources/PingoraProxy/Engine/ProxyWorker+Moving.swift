import PingoraCore

/// Connections that go to another process, and those that come from one.
extension ProxyWorker: MigratingWorker {
    func depart() {
        for connection in loop.connections(keptBy: self) {
            guard connection.canLeave else {
                park(connection, until: connection.keptUntil)
                continue
            }
            let left = connection.keptUntil.nanoseconds(since: loop.now)
            let idle = max(0, service.options.clientIdle.nanoseconds - left)
            connection.unpark()
            leave(connection, idle: TimeLimit(nanoseconds: idle))
        }
    }

    /// Sends a client away whose request has been answered, or has not come as a whole.
    func leave(_ client: Connection, idleSince: MonotonicTime) {
        let idle = client.input.isEmpty ? loop.now.nanoseconds(since: idleSince) : 0
        leave(client, idle: TimeLimit(nanoseconds: idle))
    }

    private func leave(_ client: Connection, idle: TimeLimit) {
        let requestCount = client.requestCount
        loop.departures?.add {
            client.leave().map { end in
                ConnectionInTransit(
                    service: service.name,
                    .client(ClientInTransit(end: end, requestCount: requestCount, idle: idle)))
            }
        }
    }

    func adopt(_ content: ConnectionInTransit.Content) {
        do {
            switch content {
            case .client(let moved): try adopt(moved)
            case .exchange(let moved): try adopt(moved)
            }
        } catch {
            log.limited.error("adopt_failed", ("error", error))
        }
    }

    private func adopt(_ moved: ClientInTransit) throws(SystemError) {
        guard let client = try moved.end.arrive(on: loop) else { return }
        client.requestCount = moved.requestCount
        let limit = service.options.clientIdle.nanoseconds - moved.idle.nanoseconds
        welcome(client, for: TimeLimit(nanoseconds: max(0, limit)))
    }

    private func adopt(_ moved: ExchangeInTransit) throws(SystemError) {
        guard let client = try moved.client.arrive(on: loop) else { return }
        client.requestCount = moved.requestCount
        var arrived: Connection?
        do {
            arrived = try moved.server.arrive(on: loop)
        } catch {
            client.close()
            throw error
        }
        guard let server = arrived else { return client.close() }
        server.taskOwner = client
        let flow = takeFlow(for: client)
        loop.spawn { [self] in
            await flow.resume(moved, to: server)
            let session = flow.session
            if session.isPersistent, client.isOpen {
                welcome(client, for: service.options.clientIdle)
            } else {
                await session.close()
            }
            keep(flow)
        }
    }
}
