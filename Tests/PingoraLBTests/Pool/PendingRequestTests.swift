import PingoraCore
import Synchronization
import Testing

@testable import PingoraLB

@Suite("BackendPool: limits and waiting")
struct PendingRequestTests {
    private final class Wakes: Sendable {
        let names = Mutex<[String]>([])
    }

    private static func wait(
        _ pool: PoolForTests, _ name: String, _ wakes: Wakes, at now: MonotonicTime = .at(0)
    ) -> PendingRequest? {
        pool.pool.wait(for: SelectionRequest(), besides: [], at: now) {
            wakes.names.withLock { $0.append(name) }
        }
    }

    private static func isFull(_ pool: PoolForTests, besides tried: [BackendUse] = []) -> Bool {
        if case .full = pool.pool.choose(SelectionRequest(), besides: tried, at: .at(0)) {
            return true
        }
        return false
    }

    @Test("gives each backend as many requests as it serves at the same time")
    func limits() {
        let pool = PoolForTests([
            .numbered(1, maximumRequests: 2), .numbered(2, maximumRequests: 1),
        ])
        let uses = (0..<3).compactMap { _ in pool.begin(at: .at(0)) }
        #expect(uses.map(\.backend.number).sorted() == [1, 1, 2])
        #expect(Self.isFull(pool))
        uses[1].end(.abandoned, at: .at(0))
        #expect(pool.begin(at: .at(0))?.backend == uses[1].backend)
    }

    @Test("lets a request in when one of the pool before ends, and the other way round")
    func succession() throws {
        let backends = [Backend.numbered(1, maximumRequests: 1)]
        let wakes = Wakes()
        let first = PoolForTests(backends)
        let use = try #require(first.begin(at: .at(0)))
        let second = PoolForTests(backends, replacing: first.pool)
        let new = try #require(Self.wait(second, "new", wakes))
        let old = try #require(Self.wait(first, "old", wakes))
        #expect(new.use == nil && old.use == nil)
        use.end(.abandoned, at: .at(1))
        #expect(wakes.names.withLock { $0 } == ["new"])
        try #require(new.use).end(.abandoned, at: .at(2))
        #expect(wakes.names.withLock { $0 } == ["new", "old"])
        try #require(old.use).end(.abandoned, at: .at(3))
        #expect(!Self.isFull(first) && second.pool.pending.isEmpty(at: second.pool))
    }

    @Test("holds nobody up for those that wait at the pool before")
    func overtaking() throws {
        let wakes = Wakes()
        let first = PoolForTests([.numbered(1, maximumRequests: 1)])
        let use = try #require(first.begin(at: .at(0)))
        let second = PoolForTests([.numbered(2)], replacing: first.pool)
        let old = try #require(Self.wait(first, "old", wakes))
        #expect(Self.isFull(first))
        #expect(second.begin(at: .at(1))?.backend.number == 2)
        let new = try #require(Self.wait(second, "new", wakes))
        #expect(new.use?.backend.number == 2)
        #expect(old.use == nil)
        use.end(.abandoned, at: .at(2))
        #expect(wakes.names.withLock { $0 } == ["new", "old"])
    }

    @Test("waits for a full backend rather than use a backup")
    func backup() {
        let pool = PoolForTests([
            .numbered(1, maximumRequests: 1), .numbered(2, isBackup: true),
        ])
        _ = pool.begin(at: .at(0))
        #expect(pool.begin(at: .at(0)) == nil)
        #expect(Self.isFull(pool))
    }

    @Test("serves those that wait in the order in which they came")
    func order() throws {
        let pool = PoolForTests([.numbered(1, maximumRequests: 1)])
        let wakes = Wakes()
        var use = try #require(pool.begin(at: .at(0)))
        let names = ["a", "b", "c"]
        let waiting = try names.map { try #require(Self.wait(pool, $0, wakes)) }
        for (index, waiting) in waiting.enumerated() {
            #expect(waiting.use == nil)
            // Nobody comes in between.
            #expect(Self.isFull(pool))
            use.end(.answered(after: .milliseconds(1)), at: .at(0))
            #expect(wakes.names.withLock { $0 } == Array(names[...index]))
            use = try #require(waiting.use)
        }
        use.end(.abandoned, at: .at(0))
        #expect(pool.begin(at: .at(0)) != nil)
    }

    @Test("lets so many wait for each backend with a weight, and no more")
    func bound() {
        var policy = BalancingPolicy()
        policy.pendingPerBackend = 2
        let pool = PoolForTests(
            [
                .numbered(1, maximumRequests: 1), .numbered(2, maximumRequests: 1),
                .numbered(3, weight: 0, maximumRequests: 1),
            ], policy: policy)
        for _ in 0..<2 { _ = pool.begin(at: .at(0)) }
        let waiting = (0..<5).map { _ in Self.wait(pool, "", Wakes()) != nil }
        #expect(waiting == [true, true, true, true, false])
    }

    @Test("gives a place that came at the last moment to who gives up, and none to who has left")
    func leaving() throws {
        let pool = PoolForTests([.numbered(1, maximumRequests: 1)])
        let wakes = Wakes()
        let use = try #require(pool.begin(at: .at(0)))
        let first = try #require(Self.wait(pool, "first", wakes))
        let second = try #require(Self.wait(pool, "second", wakes))
        #expect(pool.pool.leave(first) == nil)
        use.end(.abandoned, at: .at(0))
        #expect(wakes.names.withLock { $0 } == ["second"])
        #expect(pool.pool.leave(second)?.backend.number == 1)
    }

    @Test("serves those that wait when a backend comes back or is added")
    func recovery() throws {
        let pool = PoolForTests(
            [.numbered(1, maximumRequests: 1), .numbered(2, maximumRequests: 1)],
            expectsChecks: true)
        pool.check(1, passes: true, at: .at(0))
        pool.check(2, passes: false, at: .at(0))
        _ = pool.begin(at: .at(0))
        let wakes = Wakes()
        let first = try #require(Self.wait(pool, "first", wakes))
        let second = try #require(Self.wait(pool, "second", wakes))
        pool.check(2, passes: true, at: .at(1))
        #expect(first.use?.backend.number == 2)
        #expect(second.use == nil)
        pool.pool.update(pool.backends + [.numbered(3)])
        #expect(second.use?.backend.number == 3)
    }

    @Test("gets a place at once if one has become free since it was asked for")
    func freeAlready() throws {
        let pool = PoolForTests([.numbered(1, maximumRequests: 1)])
        let waiting = try #require(Self.wait(pool, "", Wakes()))
        #expect(waiting.use?.backend.number == 1)
    }

    @Test("never exceeds a limit, and loses no place, over many threads")
    func threads() {
        let pool = PoolForTests((1...3).map { .numbered($0, maximumRequests: 2) })
        let most = Mutex<[Int: Int]>([:])
        let served = Atomic<Int>(0)
        inThreads(8) { _ in
            for _ in 0..<2000 {
                guard let use = pool.begin(at: .at(0)) else { continue }
                let (number, inFlight) = (use.backend.number, use.member.state.load.inFlight)
                most.withLock { $0[number] = max(inFlight, $0[number] ?? 0) }
                use.end(.answered(after: .milliseconds(1)), at: .at(0))
                served.add(1, ordering: .relaxed)
            }
        }
        #expect(most.withLock { $0.values.allSatisfy { $0 <= 2 } })
        #expect(served.load(ordering: .relaxed) > 1000)
        #expect((0..<6).allSatisfy { _ in pool.begin(at: .at(0)) != nil })
    }
}
