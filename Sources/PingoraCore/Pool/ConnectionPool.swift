import Synchronization

/// One loop's idle upstream connections, last in, first out.
///
/// Any loop may take from it (Cloudflare's reason to leave nginx: reuse rose from 87 % to 99.9 %),
/// hence the lock, which is almost never contended: a loop looks into its own pool first.
///
/// Invariants:
/// 1. `idle` is touched under the lock only. A connection in it has this pool as keeper, and only
///    who holds the lock may touch its descriptor.
/// 2. Everything else of a connection belongs to its own loop's thread, in the pool or out of it.
package final class ConnectionPool: ConnectionKeeper, @unchecked Sendable {
    // @unchecked: invariants 1 and 2.

    private let loop: EventLoop
    private let capacity: Int
    private var idle: [ReuseKey: [Connection]] = [:]
    private let lock = Mutex<Void>(())
    /// A hint for other loops, read without the lock.
    private let count = Atomic<Int>(0)

    /// A pool of at most `capacity` connections.
    package init(on loop: EventLoop, capacity: Int) {
        self.loop = loop
        self.capacity = capacity
    }

    /// The connection last given back under `key` that still looks alive. On the loop's thread.
    package func take(_ key: ReuseKey) -> Connection? {
        while let connection = pop(key) {
            connection.unpark()
            if !connection.hasNews { return connection }
            connection.close()
        }
        return nil
    }

    /// Keeps `connection` for reuse until `deadline`, or closes it where the pool is full. On the
    /// loop's thread.
    package func give(_ connection: Connection, key: ReuseKey, until deadline: MonotonicTime) {
        guard !connection.hasNews, connection.isOpen, !loop.isDraining,
            count.load(ordering: .relaxed) < capacity
        else { return connection.close() }
        connection.reuseKey = key
        connection.park(with: self, until: deadline)
        lock.withLock { _ in idle[key, default: []].append(connection) }
        count.add(1, ordering: .relaxed)
    }

    /// Takes the socket of an idle connection away from this pool, for another loop. From any
    /// thread.
    package func surrender(_ key: ReuseKey) -> FileDescriptor? {
        guard count.load(ordering: .relaxed) > 0, let connection = pop(key) else { return nil }
        guard let socket = connection.takeDescriptor() else { return nil }
        loop.unwatch(socket.number)
        // nonisolated(unsafe): what is left of it goes back to its own loop's thread.
        nonisolated(unsafe) let rest = connection
        loop.execute { unsafe rest.close() }
        return socket
    }

    /// Closes what is idle. On the loop's thread; while it drains nothing comes back.
    func closeIdle() {
        let leaving = lock.withLock { _ in
            let all = idle
            idle = [:]
            return all
        }
        for connection in leaving.values.joined() {
            count.subtract(1, ordering: .relaxed)
            connection.close()
        }
    }

    package func connectionReady(_ connection: Connection) {
        // Idle upstreams have nothing to say: an end, an error, or bytes nobody asked for.
        if remove(connection) { connection.close() }
    }

    package func connectionExpired(_ connection: Connection) {
        if remove(connection) { connection.close() }
    }

    private func pop(_ key: ReuseKey) -> Connection? {
        var leaving: Connection?
        lock.withLock { _ in leaving = idle[key]?.popLast() }
        if leaving != nil { count.subtract(1, ordering: .relaxed) }
        return leaving
    }

    private func remove(_ connection: Connection) -> Bool {
        guard let key = connection.reuseKey else { return false }
        let wasThere = lock.withLock { _ in
            guard let index = idle[key]?.lastIndex(where: { $0 === connection }) else {
                return false
            }
            idle[key]?.remove(at: index)
            if idle[key]?.isEmpty == true { idle[key] = nil }
            return true
        }
        if wasThere { count.subtract(1, ordering: .relaxed) }
        return wasThere
    }
}
