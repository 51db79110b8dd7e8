import PingoraCore
import Testing

@testable import PingoraLB

@Suite("BackendPool: health")
struct BackendPoolHealthTests {
    @Test("uses what was never checked only while nothing is known to be fit")
    func unknown() {
        let pool = PoolForTests(count: 3, expectsChecks: true)
        #expect(pool.shares(6, at: .at(0)) == [1: 2, 2: 2, 3: 2])
        pool.check(2, passes: true, at: .at(1))
        #expect(pool.shares(6, at: .at(1)) == [2: 6])
    }

    @Test("takes a backend out when a check fails, and back when one passes")
    func checked() {
        let pool = PoolForTests(count: 2, expectsChecks: true)
        for number in [1, 2] { pool.check(number, passes: true, at: .at(0)) }
        pool.check(1, passes: false, at: .at(1))
        #expect(pool.shares(4, at: .at(1)) == [2: 4])
        pool.check(1, passes: true, at: .at(2))
        #expect(pool.shares(4, at: .at(2)) == [1: 2, 2: 2])
    }

    @Test("has nobody where all are down, and recovers by itself")
    func allDown() {
        let pool = PoolForTests(count: 2, expectsChecks: true)
        for number in [1, 2] { pool.check(number, passes: false, at: .at(0)) }
        #expect(pool.shares(3, at: .at(0)) == [0: 3])
        pool.check(2, passes: true, at: .at(1))
        #expect(pool.shares(3, at: .at(1)) == [2: 3])
    }

    @Test("brings a backend back slowly where that is wanted")
    func slowStart() {
        var policy = BalancingPolicy()
        policy.slowStart = .seconds(10)
        let pool = PoolForTests(count: 2, policy: policy, expectsChecks: true)
        for number in [1, 2] { pool.check(number, passes: true, at: .at(0)) }
        // The first check is no return.
        #expect(pool.shares(100, at: .at(0)) == [1: 50, 2: 50])
        pool.check(1, passes: false, at: .at(1))
        pool.check(1, passes: true, at: .at(2))
        let shares = [2.0, 4.5, 7, 9.5, 12].map { pool.shares(10_000, at: .at($0))[1] ?? 0 }
        // Each of its turns is taken with the probability of its ramp; refused ones go on.
        let expected = [0.1, 0.25, 0.5, 0.75, 1].map { share in share / (1 + share) * 10_000 }
        for (share, expected) in zip(shares, expected) {
            #expect(abs(Double(share) - expected) < 300, "\(shares)")
        }
        #expect(shares[4] == 5000)
    }

    @Test("sends everything to the one that has just come back, if there is no other")
    func slowStartAlone() {
        var policy = BalancingPolicy()
        policy.slowStart = .seconds(10)
        let pool = PoolForTests(count: 1, policy: policy, expectsChecks: true)
        pool.check(1, passes: false, at: .at(0))
        pool.check(1, passes: true, at: .at(1))
        #expect(pool.shares(10, at: .at(1)) == [1: 10])
    }

    @Test("uses backups while all others are down, and no longer")
    func backups() {
        let pool = PoolForTests(
            [.numbered(1), .numbered(2), .numbered(3, isBackup: true)], expectsChecks: true)
        for number in [1, 2, 3] { pool.check(number, passes: true, at: .at(0)) }
        #expect(pool.shares(4, at: .at(0)) == [1: 2, 2: 2])
        pool.check(1, passes: false, at: .at(1))
        #expect(pool.shares(4, at: .at(1)) == [2: 4])
        pool.check(2, passes: false, at: .at(1))
        #expect(pool.shares(4, at: .at(1)) == [3: 4])
        pool.check(1, passes: true, at: .at(2))
        #expect(pool.shares(4, at: .at(2)) == [1: 4])
    }

    @Test(
        "uses all where too few are fit",
        arguments: [
            (percent: 0, down: 4, isPanic: false), (percent: 50, down: 2, isPanic: false),
            (percent: 50, down: 3, isPanic: true), (percent: 50, down: 4, isPanic: true),
            (percent: 100, down: 0, isPanic: false), (percent: 100, down: 1, isPanic: true),
        ])
    func panic(percent: Int, down: Int, isPanic: Bool) {
        var policy = BalancingPolicy()
        policy.panicPercent = percent
        let pool = PoolForTests(count: 4, policy: policy, expectsChecks: true)
        for number in 1...4 { pool.check(number, passes: number > down, at: .at(0)) }
        let shares = pool.shares(12, at: .at(0))
        if isPanic {
            #expect(shares == [1: 3, 2: 3, 3: 3, 4: 3])
        } else {
            #expect(shares.keys.allSatisfy { $0 > down || down == 4 })
        }
        // It ends soon after they are back.
        for number in 1...4 { pool.check(number, passes: true, at: .at(1)) }
        pool.check(1, passes: false, at: .at(1))
        #expect((pool.shares(12, at: .at(2))[1] == nil) == (percent < 100))
    }

    @Test("keeps what is known of a backend when the set or the pool changes")
    func memory() {
        let first = PoolForTests(count: 2, expectsChecks: true)
        for number in [1, 2] { first.check(number, passes: number == 1, at: .at(0)) }
        first.pool.update([.numbered(1, weight: 3), .numbered(2, weight: 5), .numbered(3)])
        #expect(first.shares(6, at: .at(1)) == [1: 6])
        let second = PoolForTests(
            [.numbered(2), .numbered(1)], expectsChecks: true, replacing: first.pool)
        #expect(second.shares(6, at: .at(2)) == [1: 6])
        let third = PoolForTests([.numbered(2), .numbered(1)], replacing: second.pool)
        #expect(second.shares(6, at: .at(3)) == [1: 6])
        // Nothing checks any more: nobody could bring it back.
        third.pool.takeOver()
        #expect(third.shares(6, at: .at(3)) == [1: 3, 2: 3])
    }

    @Test("lets a removed backend finish its requests")
    func removal() throws {
        let pool = PoolForTests(count: 1)
        let use = try #require(pool.begin(at: .at(0)))
        pool.pool.update([.numbered(2)])
        #expect(pool.shares(4, at: .at(1)) == [2: 4])
        use.end(.failed, at: .at(1))
        #expect(use.member.state.load.inFlight == 0)
    }
}
