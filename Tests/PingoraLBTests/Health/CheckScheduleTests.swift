import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("CheckSchedule")
struct CheckScheduleTests {
    /// A schedule with a clock that is set by hand.
    private struct Bench {
        var schedule: CheckSchedule<String>
        var random = SeededGenerator(seed: 1)
        var seconds = 0.0

        init(
            _ keys: [String] = [], jitter: Int = 0, parallel: Int = 16, up: Double = 5,
            down: Double = 1
        ) {
            var options = HealthCheckOptions()
            options.jitterPercent = jitter
            options.parallelChecks = parallel
            options.interval = .seconds(up)
            options.intervalWhileDown = .seconds(down)
            schedule = CheckSchedule(options)
            update(keys)
        }

        private var now: MonotonicTime {
            MonotonicTime(nanoseconds: Int64((seconds * 1e9).rounded()))
        }
        /// Seconds until the next turn; nil if a check has to end first.
        var wait: Double? {
            let next = schedule.nextTurn
            return next == .never ? nil : Double(next.nanoseconds) / 1e9 - seconds
        }

        mutating func update(_ keys: [String]) { schedule.update(keys, at: now) }
        mutating func begin() -> [String] { schedule.begin(at: now) }
        mutating func end(_ key: String, isFit: Bool = true) {
            schedule.end(key, isFit: isFit, at: now, using: &random)
        }
    }

    @Test("checks everybody at once at first, each once")
    func first() {
        var bench = Bench(["b", "a", "c", "a"])
        #expect(bench.wait == 0)
        #expect(bench.begin() == ["b", "a", "c"])
        #expect(bench.begin() == [])
        #expect(bench.wait == nil)
    }

    @Test("checks who is fit after one interval, who is not after the other")
    func intervals() {
        var bench = Bench(["up", "down"])
        _ = bench.begin()
        bench.seconds = 0.5
        bench.end("up", isFit: true)
        bench.end("down", isFit: false)
        #expect(bench.wait == 1)
        bench.seconds = 1.4
        #expect(bench.begin() == [])
        bench.seconds = 1.5
        #expect(bench.begin() == ["down"])
        #expect(bench.wait == 4)
        bench.seconds = 5.5
        #expect(bench.begin() == ["up"])
    }

    @Test("never checks one twice at a time, however late it is")
    func once() {
        var bench = Bench(["a"])
        #expect(bench.begin() == ["a"])
        bench.seconds = 100
        bench.update(["a"])
        #expect(bench.begin() == [] && bench.wait == nil)
        bench.end("a")
        bench.end("a")
        #expect(bench.wait == 5)
        bench.seconds = 200
        #expect(bench.begin() == ["a"])
    }

    @Test("checks at most so many at a time, whoever has waited longest first")
    func cap() {
        var bench = Bench(["a", "b", "c", "d", "e"], parallel: 2)
        #expect(bench.begin() == ["a", "b"])
        #expect(bench.begin() == [] && bench.wait == nil)
        bench.seconds = 9
        bench.end("b", isFit: false)
        #expect(bench.begin() == ["c"])
        bench.seconds = 11
        bench.end("a", isFit: false)
        bench.end("c", isFit: false)
        // b has been due for a second, d and e since the start.
        #expect(bench.begin() == ["d", "e"])
        bench.end("d")
        #expect(bench.begin() == ["b"])
    }

    @Test("checks one at a time where the cap makes no sense", arguments: [0, -1, .min])
    func senselessCap(parallel: Int) {
        var bench = Bench(["a", "b"], parallel: parallel)
        #expect(bench.begin() == ["a"])
        bench.end("a")
        #expect(bench.begin() == ["b"])
    }

    @Test("keeps the times of those that stay when others come and go")
    func changes() {
        var bench = Bench(["a", "b", "c"])
        _ = bench.begin()
        bench.end("a")
        bench.seconds = 2
        bench.end("b")
        bench.update(["d", "b", "a"])
        #expect(bench.begin() == ["d"])
        // c was being checked when it went.
        bench.end("c")
        #expect(bench.wait == 3)
        bench.seconds = 5
        #expect(bench.begin() == ["a"])
        bench.seconds = 7
        #expect(bench.begin() == ["b"])
        bench.update([])
        for key in ["a", "b", "d"] { bench.end(key) }
        #expect(bench.wait == nil)
    }

    @Test("waits with one that went and came back until its check has ended")
    func returns() {
        var bench = Bench(["a", "b"], parallel: 2)
        _ = bench.begin()
        bench.update(["b"])
        bench.update(["a", "b", "c"])
        // The check of a goes on, and counts.
        #expect(bench.begin() == [])
        bench.seconds = 1
        bench.end("a", isFit: false)
        #expect(bench.begin() == ["c"])
        bench.end("b")
        bench.seconds = 2
        #expect(bench.begin() == ["a"])
    }

    @Test(
        "varies an interval by its jitter, both ways",
        arguments: [(10, 4.5, 5.5), (100, 0.05, 10.0), (500, 0.05, 10.0), (-3, 5.0, 5.0)])
    func jitter(percent: Int, least: Double, most: Double) {
        var bench = Bench(["a"], jitter: percent)
        var waits: [Double] = []
        for _ in 0..<1000 {
            _ = bench.begin()
            bench.end("a")
            let wait = bench.wait ?? 0
            waits.append(wait)
            bench.seconds += wait
            #expect(wait > least - 1e-6 && wait < most + 1e-6)
        }
        let spread = (waits.max() ?? 0) - (waits.min() ?? 0)
        #expect(spread >= (most - least) * 0.9)
    }

    @Test("repeats itself with the same seed, and differs with another")
    func seeds() {
        func waits(_ seed: UInt64) -> [Double?] {
            var bench = Bench(["a"], jitter: 10)
            bench.random = SeededGenerator(seed: seed)
            return (0..<20).map { _ in
                bench.seconds += bench.wait ?? 0
                _ = bench.begin()
                bench.end("a")
                return bench.wait
            }
        }
        #expect(waits(1) == waits(1))
        #expect(waits(1) != waits(2))
    }

    @Test("keeps to intervals that a loop can tell", arguments: [0, 0.001, 0.05])
    func shortest(interval: Double) {
        var bench = Bench(["a"], up: interval)
        _ = bench.begin()
        bench.end("a")
        #expect(abs((bench.wait ?? 0) - 0.05) < 1e-6)
    }

    @Test("survives an interval without an end")
    func longest() {
        var bench = Bench(["a"], jitter: 100, up: 9e9)
        _ = bench.begin()
        bench.end("a")
        #expect(bench.begin() == [])
    }

    @Test(
        "keeps its promises whatever happens", arguments: 0..<100 as Range<UInt64>)
    func promises(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let parallel = Int.random(in: 1...4, using: &random)
        var bench = Bench(jitter: 10, parallel: parallel)
        let all = (0..<8).map { "\($0)" }
        var running: Set<String> = []
        var known: Set<String> = []
        var lastEnd: [String: Double] = [:]
        for _ in 0..<2000 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                known = Set(all.filter { _ in Bool.random(using: &random) })
                lastEnd = lastEnd.filter { known.contains($0.key) }
                bench.update(known.sorted())
            case 1...3:
                for key in bench.begin() {
                    #expect(known.contains(key))
                    #expect(running.insert(key).inserted)
                    if let end = lastEnd[key] { #expect(bench.seconds - end > 0.89) }
                }
                #expect(running.count <= parallel)
                // Nobody is due who is not being checked, or there is no room.
                #expect(running.count == parallel || (bench.wait ?? 1) > 0)
            case 4...5:
                guard let key = running.randomElement(using: &random) else { break }
                running.remove(key)
                if known.contains(key) { lastEnd[key] = bench.seconds }
                bench.end(key, isFit: Bool.random(using: &random))
            default: bench.seconds += Double.random(in: 0..<0.5, using: &random)
            }
        }
        // In the end everybody's turn comes.
        for key in running { bench.end(key) }
        bench.seconds += 6
        var checked: Set<String> = []
        while case let keys = bench.begin(), !keys.isEmpty {
            checked.formUnion(keys)
            for key in keys { bench.end(key) }
        }
        #expect(checked == known)
    }
}
