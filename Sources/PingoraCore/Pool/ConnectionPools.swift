/// The pools of all loops: own pool first, then the others'.
package final class ConnectionPools: Sendable {
    private let pools: [ConnectionPool]

    /// One pool per loop, each of at most `capacity` connections.
    package init(loops: [EventLoop], capacity: Int) {
        pools = loops.map { ConnectionPool(on: $0, capacity: capacity) }
    }

    /// An idle connection for `key`, now registered with `loop`; nil if no loop has one.
    package func take(_ key: ReuseKey, on loop: EventLoop) -> Connection? {
        if let own = pools[loop.index].take(key) { return own }
        for pool in pools where pool !== pools[loop.index] {
            guard let socket = pool.surrender(key) else { continue }
            guard let moved = try? socket.connect(to: key.address, on: loop) else { continue }
            return moved
        }
        return nil
    }

    /// Keeps `connection` for reuse until `deadline`.
    package func give(_ connection: Connection, key: ReuseKey, until deadline: MonotonicTime) {
        pools[connection.loop.index].give(connection, key: key, until: deadline)
    }

    /// Connections that are open on all loops, pooled or not.
    var connectionCount: Int {
        pools.reduce(0) { $0 + $1.loopConnectionCount }
    }

    /// Closes the idle connections of `loop`, on its thread.
    func closeIdle(on loop: EventLoop) {
        pools[loop.index].closeIdle()
    }
}
