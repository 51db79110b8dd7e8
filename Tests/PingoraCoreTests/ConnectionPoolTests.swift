import Synchronization
import TestSupport
import Testing

@testable import PingoraCore

@Suite("ConnectionPool")
struct ConnectionPoolTests {
    private func key(_ port: UInt16 = 9000, group: UInt64 = 0) -> ReuseKey {
        ReuseKey(address: .ipv4(0x7f00_0001, port: port), source: nil, group: group)
    }

    private func minute(_ simulated: SimulatedLoop) -> MonotonicTime {
        simulated.loop.now.advanced(by: .seconds(60))
    }

    @Test("gives back what came last, and only for its key")
    func lastInFirstOut() throws {
        try SimulatedLoop.run { simulated in
            let pool = ConnectionPool(on: simulated.loop, capacity: 8)
            let (first, _) = try simulated.connect()
            let (second, _) = try simulated.connect()
            let (other, _) = try simulated.connect()
            pool.give(first, key: key(), until: minute(simulated))
            pool.give(second, key: key(), until: minute(simulated))
            pool.give(other, key: key(group: 7), until: minute(simulated))
            #expect(pool.take(key(9001)) == nil)
            #expect(pool.take(key()) === second)
            #expect(pool.take(key()) === first)
            #expect(pool.take(key()) == nil)
            #expect(pool.take(key(group: 7)) === other)
            for connection in [first, second, other] {
                #expect(connection.isOpen)
                connection.close()
            }
        }
    }

    @Test("tells keys apart by address, source and group")
    func keys() {
        let source = SocketAddress.ipv4(0x7f00_0002, port: 0)
        let other = ReuseKey(address: .ipv4(0x7f00_0001, port: 9000), source: source, group: 0)
        #expect(key() == key() && key() != key(9001) && key() != key(group: 1) && key() != other)
    }

    @Test("closes what it has no room for", arguments: [0, 1, 3])
    func capacity(_ capacity: Int) throws {
        try SimulatedLoop.run { simulated in
            let pool = ConnectionPool(on: simulated.loop, capacity: capacity)
            var all: [Connection] = []
            for _ in 0..<capacity + 2 {
                let (connection, _) = try simulated.connect()
                all.append(connection)
                pool.give(connection, key: key(), until: minute(simulated))
            }
            #expect(all.map(\.isOpen) == (0..<all.count).map { $0 < capacity })
            pool.closeIdle()
            #expect(all.allSatisfy { !$0.isOpen })
            #expect(simulated.loop.connectionCount.load(ordering: .relaxed) == 0)
        }
    }

    @Test("closes what was idle until its deadline, and not before")
    func expiry() throws {
        try SimulatedLoop.run { simulated in
            let pool = ConnectionPool(on: simulated.loop, capacity: 8)
            let (connection, far) = try simulated.connect()
            pool.give(connection, key: key(), until: minute(simulated))
            simulated.pass(seconds: 59.5)
            #expect(connection.isOpen)
            simulated.pass(seconds: 1)
            #expect(!connection.isOpen)
            #expect(pool.take(key()) == nil)
            _ = far.receiveOnce()
            #expect(far.ending == .orderly)
        }
    }

    enum News: CaseIterable { case bytes, end, reset }

    @Test("closes an idle connection on which anything comes", arguments: News.allCases)
    func news(_ news: News) throws {
        try SimulatedLoop.run { simulated in
            let pool = ConnectionPool(on: simulated.loop, capacity: 8)
            let (connection, far) = try simulated.connect()
            pool.give(connection, key: key(), until: minute(simulated))
            switch news {
            case .bytes:
                far.outgoing = Array("HTTP/1.1 200 OK".utf8)
                _ = far.sendOnce()
            case .end: far.finishSending()
            case .reset: far.reset()
            }
            simulated.turn()
            #expect(!connection.isOpen)
            #expect(pool.take(key()) == nil)
        }
    }

    @Test("does not keep a connection on which something has come already")
    func stale() throws {
        try SimulatedLoop.run { simulated in
            let pool = ConnectionPool(on: simulated.loop, capacity: 8)
            let (connection, far) = try simulated.connect()
            far.close()
            simulated.turn()
            pool.give(connection, key: key(), until: minute(simulated))
            #expect(!connection.isOpen)
        }
    }

    @Test("keeps nothing while the loop drains")
    func draining() throws {
        try SimulatedLoop.run { simulated in
            let pool = ConnectionPool(on: simulated.loop, capacity: 8)
            let (connection, _) = try simulated.connect()
            simulated.loop.isDraining = true
            pool.give(connection, key: key(), until: minute(simulated))
            #expect(!connection.isOpen)
        }
    }

    @Test("outlives more keys than it remembers")
    func manyKeys() throws {
        try SimulatedLoop.run { simulated in
            let pool = ConnectionPool(on: simulated.loop, capacity: 8)
            let (connection, _) = try simulated.connect()
            let (steady, _) = try simulated.connect()
            pool.give(steady, key: key(1), until: minute(simulated))
            for port in 2...4000 as ClosedRange<UInt16> {
                pool.give(connection, key: key(port), until: minute(simulated))
                // A connection remembers its group; that of another key must not hold it.
                connection.idleGroup.map { #expect($0.key == key(port)) }
                #expect(pool.take(key(port)) === connection)
                connection.idleGroup = nil
            }
            #expect(pool.take(key(1)) === steady)
            connection.close()
            steady.close()
        }
    }
}

@Suite("ConnectionPools")
struct ConnectionPoolsTests {
    private let key = ReuseKey(
        address: .ipv4(0x7f00_0001, port: 9000), source: nil, group: 0)

    @Test("takes from its own loop first, then from another, with every byte that comes")
    func surrender() throws {
        try SimulatedLoop.run { simulated in
            let home = simulated.loop
            let away = try EventLoop(index: 1)
            let pools = ConnectionPools(loops: [home, away], capacity: 8)
            let (first, far) = try simulated.connect()
            let (own, _) = try simulated.connect(on: away)
            let deadline = home.now.advanced(by: .seconds(60))
            pools.give(first, key: key, until: deadline)
            pools.give(own, key: key, until: deadline)
            #expect(pools.take(key, on: away) === own)
            // What comes while it moves is not lost, and its old loop leaves it alone.
            far.outgoing = Array("late".utf8)
            while far.sendOnce() {}
            let moved = try #require(pools.take(key, on: away))
            #expect(moved !== first && moved.loop === away)
            simulated.turn()
            #expect(!first.isOpen && moved.isOpen)
            #expect(home.connectionCount.load(ordering: .relaxed) == 0)
            #expect(away.connectionCount.load(ordering: .relaxed) == 2)
            var received: [UInt8] = []
            simulated.kernel.alarm = simulated.kernel.now
            for _ in 0..<20 {
                away.turn()
                while case .bytes = moved.receive() { received += moved.takeInput() }
            }
            #expect(received == Array("late".utf8))
            #expect(pools.take(key, on: home) == nil)
            moved.close()
            own.close()
            #expect(away.connectionCount.load(ordering: .relaxed) == 0)
        }
    }

    @Test("closes the idle ones of one loop only")
    func closeIdle() throws {
        try SimulatedLoop.run { simulated in
            let home = simulated.loop
            let away = try EventLoop(index: 1)
            let pools = ConnectionPools(loops: [home, away], capacity: 8)
            let (first, _) = try simulated.connect()
            let (second, _) = try simulated.connect(on: away)
            let deadline = home.now.advanced(by: .seconds(60))
            pools.give(first, key: key, until: deadline)
            pools.give(second, key: key, until: deadline)
            pools.closeIdle(on: home)
            #expect(!first.isOpen && second.isOpen)
            second.close()
        }
    }
}
