import Synchronization

/// One loop's idle upstream connections, last in, first out.
///
/// Any loop may take from it (Cloudflare's reason to leave nginx: reuse rose from 87 % to 99.9 %),
/// hence the lock, which is almost never contended: a loop looks into its own pool first.
///
/// Invariants:
/// 1. `groups` and what is in them are touched under the lock only. A connection in a group has
///    this pool as keeper, and only who holds the lock may touch its descriptor and its transport;
///    who takes it out has both.
/// 2. Everything else of a connection belongs to its own loop's thread, in the pool or out of it.
package final class ConnectionPool: ConnectionKeeper, @unchecked Sendable {
    // @unchecked: invariants 1 and 2.

    private let loop: EventLoop
    private let capacity: Int
    private var groups: [ReuseKey: IdleGroup] = [:]
    private let lock = Mutex<Void>(())
    /// A hint for other loops, read without the lock.
    private let count = Atomic<Int>(0)

    /// Groups beyond this many are looked through for empty ones: keys may come and go for ever.
    private static let groupsKept = 1024

    /// A pool of at most `capacity` connections.
    package init(on loop: EventLoop, capacity: Int) {
        self.loop = loop
        self.capacity = capacity
    }

    /// The connection last given back under `key` that still looks alive. On the loop's thread.
    package func take(_ key: ReuseKey) -> Connection? {
        while let connection = pop(key) {
            connection.unpark()
            if connection.isStillQuiet { return connection }
            connection.close()
        }
        return nil
    }

    /// Keeps `connection` for reuse until `deadline`, or closes it where the pool is full. On the
    /// loop's thread.
    package func give(_ connection: Connection, key: ReuseKey, until deadline: MonotonicTime) {
        guard connection.isStillQuiet, connection.isOpen, !loop.isLeaving,
            count.load(ordering: .relaxed) < capacity
        else { return connection.close() }
        connection.park(with: self, until: deadline)
        lock.withLock { _ in
            let group = group(of: connection, key)
            connection.idleGroup = group
            group.connections.append(connection)
        }
        count.add(1, ordering: .relaxed)
    }

    /// Takes the socket of an idle connection away from this pool, for another loop. From any
    /// thread.
    package func surrender(_ key: ReuseKey) -> SurrenderedSocket? {
        guard count.load(ordering: .relaxed) > 0, let connection = pop(key) else { return nil }
        guard let socket = connection.takeDescriptor() else { return nil }
        loop.unwatch(socket.number)
        let surrendered = SurrenderedSocket(socket, connection.transport)
        connection.transport = nil
        // nonisolated(unsafe): what is left of it goes back to its own loop's thread.
        nonisolated(unsafe) let rest = connection
        loop.execute { unsafe rest.close() }
        return surrendered
    }

    /// Connections that are open on its loop.
    var loopConnectionCount: Int { loop.connectionCount.load(ordering: .relaxed) }

    /// Closes what is idle. On the loop's thread; while it drains nothing comes back.
    func closeIdle() {
        let leaving = lock.withLock { _ in
            let all = groups.values.flatMap(\.connections)
            for group in groups.values { group.connections = [] }
            return all
        }
        count.subtract(leaving.count, ordering: .relaxed)
        for connection in leaving { connection.close() }
    }

    package func connectionReady(_ connection: Connection) {
        guard remove(connection) else { return }
        // Idle upstreams have nothing to say: an end, an error, or bytes nobody asked for. Only
        // their transport may.
        guard connection.transport != nil, connection.isStillQuiet, let group = connection.idleGroup
        else { return connection.close() }
        give(connection, key: group.key, until: connection.keptUntil)
    }

    package func connectionExpired(_ connection: Connection) {
        if remove(connection) { connection.close() }
    }

    private func pop(_ key: ReuseKey) -> Connection? {
        var leaving: Connection?
        lock.withLock { _ in leaving = groups[key]?.connections.popLast() }
        if leaving != nil { count.subtract(1, ordering: .relaxed) }
        return leaving
    }

    /// The group to put `connection` into: the one it came from, where that is still known.
    private func group(of connection: Connection, _ key: ReuseKey) -> IdleGroup {
        if let known = connection.idleGroup, known.isListed { return known }
        if let known = groups[key] { return known }
        if groups.count >= ConnectionPool.groupsKept { forgetEmptyGroups() }
        let group = IdleGroup(key)
        groups[key] = group
        return group
    }

    private func forgetEmptyGroups() {
        for (key, group) in groups where group.connections.isEmpty {
            group.isListed = false
            groups[key] = nil
        }
    }

    private func remove(_ connection: Connection) -> Bool {
        let wasThere = lock.withLock { _ in
            guard let group = connection.idleGroup,
                let index = group.connections.lastIndex(where: { $0 === connection })
            else { return false }
            group.connections.remove(at: index)
            return true
        }
        if wasThere { count.subtract(1, ordering: .relaxed) }
        return wasThere
    }
}
