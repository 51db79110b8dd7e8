/// Serving otherwise without a new process.
extension RunningServer {
    /// Serves as `services` want it from now on: a request under way ends as it began, the next one
    /// follows the new service. Listeners are added and removed; those that stay are not touched.
    ///
    /// What can fail is done first: after an error everything is as it was.
    /// - Throws: `ServerError` when an address can't be bound, or when `services` are not those it
    ///   runs, by name.
    func follow(_ next: [any Service], _ nextOptions: ServerOptions) throws(ServerError) {
        guard next.map(\.name) == services.map(\.name) else {
            throw .otherServices(next.map(\.name))
        }
        var added: [[Listener]] = []
        for (service, current) in zip(next, listeners) {
            let known = Set(current.map(\.requested))
            added.append(
                try Listener.bind(service.addresses.filter { !known.contains($0) }))
        }
        onEachLoop { [self] loop in
            for (index, service) in next.enumerated() {
                _ = (workers[index][loop.index] as? any MigratingWorker)?.follow(service)
            }
        }
        services = next
        follow(nextOptions)
        for index in next.indices {
            removeListeners(of: index, except: Set(next[index].addresses))
            for listener in added[index] {
                try accept(on: listener, for: index)
                listeners[index].append(listener)
            }
        }
    }

    private func follow(_ next: ServerOptions) {
        options.gracePeriod = next.gracePeriod
        options.gracefulShutdownTimeout = next.gracefulShutdownTimeout
        let socketPath = options.upgrade.socketPath
        options.upgrade = next.upgrade
        options.upgrade.socketPath = socketPath
    }

    private func removeListeners(of index: Int, except wanted: Set<SocketAddress>) {
        let leaving = listeners[index].filter { !wanted.contains($0.requested) }
        guard !leaving.isEmpty else { return }
        onEachLoop { [self] loop in
            let isLeaving = { (acceptor: Acceptor) in
                leaving.contains { $0 === acceptor.listener }
            }
            for acceptor in acceptors[loop.index].all where isLeaving(acceptor) { acceptor.stop() }
            acceptors[loop.index].all.removeAll(where: isLeaving)
        }
        listeners[index].removeAll { listener in leaving.contains { $0 === listener } }
        for listener in leaving {
            listener.removeFile()
            listener.close()
            log.info("listener_closed", ("address", listener.address))
        }
    }
}
