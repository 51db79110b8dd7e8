import Synchronization
import Testing

@testable import PingoraLB

@Suite("BackendLoad")
struct BackendLoadTests {
    private static func seconds(_ count: Double) -> UInt64 { UInt64(count * 1e9) }

    @Test("counts what is in flight")
    func counts() {
        let load = BackendLoad()
        #expect(load.inFlight == 0)
        load.begin()
        load.begin()
        #expect(load.inFlight == 2)
        load.end()
        #expect(load.inFlight == 1)
    }

    @Test("lets no more begin than a limit allows", arguments: [(3, 3), (1, 1), (0, 0), (-1, 0)])
    func limits(limit: Int, expected: Int) {
        let load = BackendLoad()
        let begun = (0..<5).map { _ in load.begin(limit: limit) }
        #expect(begun == (0..<5).map { $0 < expected })
        #expect(load.inFlight == expected)
        guard expected > 0 else { return }
        load.end()
        #expect(load.begin(limit: limit))
        #expect(!load.begin(limit: limit))
    }

    @Test("counts those without a limit against the limit of others")
    func mixed() {
        let load = BackendLoad()
        load.begin()
        load.begin()
        #expect(!load.begin(limit: 2))
        #expect(load.begin(limit: 3))
    }

    @Test("keeps its limit and loses no request with many threads")
    func threads() {
        let load = BackendLoad()
        let most = Atomic<Int>(0)
        let running = Atomic<Int>(0)
        inThreads(8) { _ in
            for _ in 0..<2000 where load.begin(limit: 3) {
                let now = running.add(1, ordering: .relaxed).newValue
                most.max(now, ordering: .relaxed)
                running.subtract(1, ordering: .relaxed)
                load.end()
            }
        }
        #expect((1...3).contains(most.load(ordering: .relaxed)))
        #expect(load.inFlight == 0)
        inThreads(8) { _ in
            for _ in 0..<1000 { load.begin() }
        }
        #expect(load.inFlight == 8000)
    }

    @Test("knows no latency before the first, and takes the first as it is")
    func first() {
        let load = BackendLoad()
        #expect(load.latency(now: Self.seconds(1)) == nil)
        load.note(latency: 5000, now: Self.seconds(1))
        #expect(load.latency(now: Self.seconds(1)) == 5000)
    }

    @Test(
        "takes a higher latency at once and a lower one by the time that passed",
        arguments: [
            // After how many seconds, what latency, what is to expect.
            (0.0, 2000, 2000), (10.0, 2000, 2000), (10.0, 1001, 1001), (0.0, 10, 1000),
            (10.0, 500, 700), (10.0, 1000, 1000), (20.0, 0, 200), (1000.0, 500, 500.1),
        ] as [(Double, UInt64, Float)])
    func peaks(seconds: Double, latency: UInt64, expected: Float) throws {
        let load = BackendLoad()
        load.note(latency: 1000, now: Self.seconds(1))
        let now = Self.seconds(1 + seconds)
        load.note(latency: latency, now: now)
        let found = try #require(load.latency(now: now))
        #expect(abs(found - expected) < 0.5)
    }

    @Test("falls while nothing is noted", arguments: [(0.0, 1.0), (10.0, 0.4), (20.0, 0.2)])
    func falls(seconds: Double, share: Float) throws {
        let load = BackendLoad()
        load.note(latency: 1_000_000, now: Self.seconds(1))
        let found = try #require(load.latency(now: Self.seconds(1 + seconds)))
        #expect(abs(found / 1_000_000 - share) < 1e-4)
    }

    @Test("never rises by itself")
    func monotonic() {
        let load = BackendLoad()
        load.note(latency: 1_000_000, now: Self.seconds(1))
        let found = (0...1000).compactMap { load.latency(now: Self.seconds(1 + Double($0))) }
        #expect(found.count == 1001)
        #expect(zip(found, found.dropFirst()).allSatisfy { $0 > $1 && $1 > 0 })
    }

    @Test("takes a clock of another thread that is behind for no time at all")
    func clocks() {
        let load = BackendLoad()
        load.note(latency: 1000, now: Self.seconds(20))
        #expect(load.latency(now: Self.seconds(10)) == 1000)
        load.note(latency: 10, now: Self.seconds(10))
        #expect(load.latency(now: Self.seconds(10)) == 1000)
    }

    @Test("keeps on where its count of milliseconds begins anew, after 49 days")
    func wraps() throws {
        let load = BackendLoad()
        let turn = UInt64(1 << 32) * 1_000_000
        load.note(latency: 1_000_000, now: turn - Self.seconds(5))
        let found = try #require(load.latency(now: turn + Self.seconds(5)))
        #expect(abs(found / 1_000_000 - 0.4) < 1e-4)
    }

    @Test("takes any latency", arguments: [(0, 1), (1, 1), (.max, 18_446_744_073_709_551_616)])
    func extremes(latency: UInt64, expected: Float) {
        let load = BackendLoad()
        load.note(latency: latency, now: 0)
        #expect(load.latency(now: 0) == expected)
    }

    @Test("loses no peak with many threads")
    func noteFromThreads() {
        let load = BackendLoad()
        inThreads(8) { index in
            for step in 0..<2000 { load.note(latency: UInt64(step * 8 + index + 1), now: 0) }
        }
        #expect(load.latency(now: 0) == 16_000)
    }
}
