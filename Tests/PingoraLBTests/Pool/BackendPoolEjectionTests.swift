import PingoraCore
import Testing

@testable import PingoraLB

@Suite("BackendPool: ejection")
struct BackendPoolEjectionTests {
    private static func policy(
        consecutive: Int = 3, percent: Int = 50, ramp: Double = 0
    ) -> BalancingPolicy {
        var ejection = EjectionPolicy()
        ejection.consecutiveFailures = consecutive
        ejection.maximumEjectedPercent = percent
        var policy = BalancingPolicy()
        policy.ejection = ejection
        policy.slowStart = .seconds(ramp)
        return policy
    }

    /// Requests to the backends of `bad` fail.
    private static func outcome(_ bad: Set<Int>) -> (Backend) -> BackendOutcome {
        { bad.contains($0.number) ? .failed : .answered(after: .milliseconds(1)) }
    }

    @Test("takes a backend out after failures in a row, and tries it when its time is over")
    func consecutive() {
        let pool = PoolForTests(count: 3, policy: Self.policy())
        let bad = Self.outcome([2])
        for _ in 0..<9 { pool.serve(bad, at: .at(0)) }
        #expect(pool.shares(30, at: .at(9.9)) == [1: 15, 3: 15])
        // The first request decides: it works, so all is as before.
        #expect(pool.shares(30, at: .at(10)) == [1: 10, 2: 10, 3: 10])
    }

    @Test("ejects at once, and for twice as long, where the trial fails")
    func trial() {
        let pool = PoolForTests(count: 2, policy: Self.policy())
        let bad = Self.outcome([2])
        for _ in 0..<6 { pool.serve(bad, at: .at(0)) }
        var failures = 0
        for _ in 0..<100 where pool.serve(bad, at: .at(10)) == 2 { failures += 1 }
        #expect(failures == 1)
        #expect(pool.shares(10, at: .at(29)) == [1: 10])
        #expect(pool.shares(10, at: .at(31)) == [1: 5, 2: 5])
    }

    @Test("sends one request a second to a backend on trial while none is answered")
    func hangingTrial() throws {
        let pool = PoolForTests(count: 2, policy: Self.policy())
        let bad = Self.outcome([2])
        for _ in 0..<6 { pool.serve(bad, at: .at(0)) }
        var uses: [BackendUse] = []
        for time in stride(from: 10.0, to: 13, by: 0.1) {
            for _ in 0..<4 {
                let use = try #require(pool.begin(at: .at(time)))
                if use.backend.number == 2 { uses.append(use) } else { use.end(.abandoned) }
            }
        }
        #expect(uses.count == 3)
        uses[0].end(.answered(after: .seconds(2)), at: .at(13))
        #expect(pool.shares(10, at: .at(13)) == [1: 5, 2: 5])
    }

    @Test("never ejects a backend that is alone, nor more than the share allowed")
    func share() {
        let alone = PoolForTests(count: 1, policy: Self.policy())
        for _ in 0..<20 { alone.serve(Self.outcome([1]), at: .at(0)) }
        #expect(alone.shares(5, at: .at(0)) == [1: 5])

        let four = PoolForTests(count: 4, policy: Self.policy(percent: 50))
        for _ in 0..<100 { four.serve(Self.outcome([1, 2, 3, 4]), at: .at(0)) }
        #expect(four.shares(10, at: .at(0)).count == 2)

        let three = PoolForTests(count: 3, policy: Self.policy(percent: 10))
        for _ in 0..<100 { three.serve(Self.outcome([1, 2, 3]), at: .at(0)) }
        #expect(three.shares(10, at: .at(0)).count == 2)
    }

    @Test("ejects by the share of failures, also where a success makes the numbers enough")
    func failureShare() {
        var policy = Self.policy(consecutive: 0)
        policy.ejection?.failurePercent = 50
        policy.ejection?.minimumRequests = 4
        let pool = PoolForTests(count: 2, policy: policy)
        var number = 0
        for _ in 0..<8 {
            pool.serve(
                { backend in
                    guard backend.number == 2 else { return .answered(after: .milliseconds(1)) }
                    number += 1
                    return number <= 3 ? .failed : .answered(after: .milliseconds(1))
                }, at: .at(0))
        }
        #expect(pool.shares(10, at: .at(1)) == [1: 10])
    }

    @Test("does not count what a client gave up")
    func abandoned() {
        let pool = PoolForTests(count: 2, policy: Self.policy(consecutive: 1))
        for _ in 0..<10 { pool.serve({ _ in .abandoned }, at: .at(0)) }
        #expect(pool.shares(10, at: .at(0)) == [1: 5, 2: 5])
    }

    @Test("ramps a backend up when its ejection is over")
    func ramp() {
        let pool = PoolForTests(count: 2, policy: Self.policy(ramp: 10))
        for _ in 0..<6 { pool.serve(Self.outcome([2]), at: .at(0)) }
        // By its share it gets its first request sooner or later.
        _ = pool.shares(100, at: .at(10))
        let share = pool.shares(10_000, at: .at(15))[2] ?? 0
        #expect(abs(Double(share) - 10_000 / 3) < 300)
        #expect(pool.shares(10, at: .at(21)) == [1: 5, 2: 5])
    }

    @Test("ends an ejection when a check finds the backend fit again")
    func readmission() {
        let pool = PoolForTests(count: 2, policy: Self.policy(), expectsChecks: true)
        for number in [1, 2] { pool.check(number, passes: true, at: .at(0)) }
        for _ in 0..<6 { pool.serve(Self.outcome([2]), at: .at(0)) }
        pool.check(2, passes: false, at: .at(1))
        #expect(pool.shares(4, at: .at(2)) == [1: 4])
        pool.check(2, passes: true, at: .at(3))
        #expect(pool.shares(4, at: .at(3)) == [1: 2, 2: 2])
    }
}
