import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("Ejection")
struct EjectionTests {
    /// An ejection with a clock that is set by hand.
    private final class Bench {
        var ejection = Ejection()
        var policy = EjectionPolicy()
        var seconds = 0.0

        private var now: MonotonicTime {
            MonotonicTime(nanoseconds: Int64((seconds * 1e9).rounded()))
        }

        /// Notes a request that ends at `time`; whether the backend should be ejected.
        func note(failed: Bool, at time: Double) -> Bool {
            seconds = time
            return ejection.note(failed: failed, at: now, policy)
        }

        /// Ejects now; for how many seconds.
        func eject() -> Double {
            let end = ejection.eject(at: now, policy)
            #expect(ejection.until == end)
            return Double(end.nanoseconds) / 1e9 - seconds
        }
    }

    /// Requests as letters, `f` for one that failed; `E` for those after which it should be
    /// ejected.
    struct Row: Sendable, CustomTestStringConvertible {
        var consecutive = 0
        var percent = 0
        var minimum = 4
        let requests: String
        let expected: String
        var testDescription: String {
            "\(consecutive) in a row, \(percent) % of \(minimum): \(requests)"
        }
    }

    static let rows = [
        Row(consecutive: 5, requests: "ffffff", expected: "....EE"),
        Row(consecutive: 3, requests: "ffsffsfff", expected: "........E"),
        Row(consecutive: 1, requests: "sf", expected: ".E"),
        Row(consecutive: 0, requests: "ffffffffffff", expected: "............"),
        Row(consecutive: -1, requests: "ffffffffffff", expected: "............"),
        Row(percent: 50, requests: "fsfs", expected: "...E"),
        Row(percent: 50, requests: "ssff", expected: "...E"),
        Row(percent: 50, requests: "sssfff", expected: ".....E"),
        Row(percent: 51, requests: "ssffssff", expected: "........"),
        Row(percent: 100, requests: "fff", expected: "..."),
        Row(percent: 100, requests: "ffff", expected: "...E"),
        Row(percent: 100, requests: "sffffff", expected: "......."),
        Row(percent: 101, requests: "ffff", expected: "...."),
        Row(percent: 1, minimum: 0, requests: "sf", expected: ".E"),
        Row(percent: 1, minimum: -3, requests: "f", expected: "E"),
        Row(consecutive: 2, percent: 50, requests: "ffss", expected: ".E.E"),
    ]

    @Test("comes with failures in a row, or with their share", arguments: rows)
    func begins(row: Row) {
        let bench = Bench()
        bench.policy.consecutiveFailures = row.consecutive
        bench.policy.failurePercent = row.percent
        bench.policy.minimumRequests = row.minimum
        for (index, (request, expected)) in zip(row.requests, row.expected).enumerated() {
            let isDue = bench.note(failed: request == "f", at: Double(index) / 1000)
            #expect(isDue == (expected == "E"), "request \(index)")
        }
    }

    @Test(
        "counts a share over its window, which begins anew", arguments: [(9.9, true), (10, false)])
    func window(last: Double, isDue: Bool) {
        let bench = Bench()
        bench.policy.consecutiveFailures = 0
        bench.policy.failurePercent = 50
        bench.policy.minimumRequests = 4
        for second in [0.0, 1, 2] { #expect(!bench.note(failed: true, at: second)) }
        #expect(bench.note(failed: true, at: last) == isDue)
    }

    @Test("lasts twice as long each time, up to its maximum")
    func doubles() {
        let bench = Bench()
        for expected in [10.0, 20, 40, 80, 160, 300, 300] {
            #expect(abs(bench.eject() - expected) < 1e-6)
            // The first request afterwards decides.
            #expect(bench.note(failed: true, at: bench.seconds + expected))
        }
    }

    @Test("learns nothing from requests that end while it lasts")
    func lasts() {
        let bench = Bench()
        bench.policy.failurePercent = 50
        bench.policy.minimumRequests = 4
        _ = bench.eject()
        for _ in 0..<9 { #expect(!bench.note(failed: true, at: 9.999)) }
        // Neither in a row nor as a share.
        #expect(!bench.note(failed: false, at: 10))
        #expect(!bench.note(failed: true, at: 10.1))
    }

    @Test("is over with the first success afterwards")
    func recovers() {
        let bench = Bench()
        _ = bench.eject()
        #expect(!bench.note(failed: false, at: 10))
        for _ in 0..<4 { #expect(!bench.note(failed: true, at: 11)) }
        #expect(bench.note(failed: true, at: 11))
    }

    @Test(
        "is forgotten after a quiet time as long as it was",
        arguments: [
            // Successes; when a failure comes in between; what the next ejection lasts.
            ([10.0], nil, 20.0),
            ([10.0, 19.9], nil, 20.0),
            ([10.0, 20], nil, 10.0),
            ([20.0], nil, 10.0),
            ([10.0, 20, 21, 30, 60], nil, 10.0),
            ([10.0, 20], 15.0, 20.0),
            ([10.0, 20, 25], 15.0, 10.0),
        ] as [([Double], Double?, Double)])
    func forgets(successes: [Double], failure: Double?, next: Double) {
        let bench = Bench()
        _ = bench.eject()
        let requests = successes.map { ($0, false) } + (failure.map { [($0, true)] } ?? [])
        for (time, failed) in requests.sorted(by: { $0.0 < $1.0 }) {
            #expect(!bench.note(failed: failed, at: time))
        }
        #expect(abs(bench.eject() - next) < 1e-6)
    }

    @Test("is forgotten step by step, each after its own time")
    func forgetsSteps() {
        let bench = Bench()
        _ = bench.eject()
        bench.seconds = 10
        _ = bench.eject()
        // Quiet since 30 s: 20 s for the second, then 10 s for the first.
        for time in [30.0, 49.9, 50, 59.9] { #expect(!bench.note(failed: false, at: time)) }
        let asBefore = bench.ejection
        #expect(abs(bench.eject() - 20) < 1e-6)
        bench.ejection = asBefore
        #expect(!bench.note(failed: false, at: 60))
        #expect(abs(bench.eject() - 10) < 1e-6)
    }

    @Test("ends early where a check says so, and is not forgotten for that")
    func endsEarly() {
        let bench = Bench()
        _ = bench.eject()
        bench.ejection.end()
        for _ in 0..<4 { #expect(!bench.note(failed: true, at: 1)) }
        #expect(bench.note(failed: true, at: 1))
        #expect(abs(bench.eject() - 20) < 1e-6)
    }

    @Test("is on trial until a success, and spotless when all is forgotten")
    func trial() {
        let bench = Bench()
        func isTrialOver(at seconds: Int64) -> Bool {
            bench.ejection.isTrialOver(at: MonotonicTime(nanoseconds: seconds * 1_000_000_000))
        }
        #expect(bench.ejection.isSpotless && isTrialOver(at: 0))
        #expect(!bench.note(failed: true, at: 0) && !bench.ejection.isSpotless)
        #expect(!bench.note(failed: false, at: 0) && bench.ejection.isSpotless)
        _ = bench.eject()
        #expect(!isTrialOver(at: 9) && !isTrialOver(at: 10) && !bench.ejection.isSpotless)
        #expect(!bench.note(failed: false, at: 10))
        #expect(isTrialOver(at: 10) && !bench.ejection.isSpotless)
        #expect(!bench.note(failed: false, at: 20) && bench.ejection.isSpotless)
        _ = bench.eject()
        bench.ejection.end()
        #expect(isTrialOver(at: 20) && !bench.ejection.isSpotless)
    }

    @Test(
        "has a duration at every level",
        arguments: [
            (1, 10.0, 300.0, 10.0), (2, 10.0, 300.0, 20.0), (5, 10.0, 300.0, 160.0),
            (6, 10.0, 300.0, 300.0), (30, 10.0, 300.0, 300.0), (.max, 10.0, 300.0, 300.0),
            (1, 10.0, 5.0, 5.0), (3, 0.0, 300.0, 0.0), (1, 10.0, 0.0, 0.0),
            (30, 1e9, 300.0, 300.0),
        ])
    func durations(level: Int, first: Double, maximum: Double, expected: Double) {
        var policy = EjectionPolicy()
        policy.duration = .seconds(first)
        policy.maximumDuration = .seconds(maximum)
        #expect(Ejection.duration(level: level, policy) == .seconds(expected))
    }

    @Test("never ends before it begins, however often it comes")
    func often() {
        let bench = Bench()
        bench.policy.maximumDuration = TimeLimit(nanoseconds: .max)
        var last = 0.0
        for _ in 0..<40 {
            let length = bench.eject()
            #expect(length >= last)
            last = length
        }
        #expect(last > 1e9)
    }

    @Test("has the defaults that are documented")
    func defaults() {
        let policy = EjectionPolicy()
        #expect(policy.consecutiveFailures == 5 && policy.failurePercent == 0)
        #expect(policy.minimumRequests == 20 && policy.window == .seconds(10))
        #expect(policy.duration == .seconds(10) && policy.maximumDuration == .seconds(300))
        #expect(policy.maximumEjectedPercent == 50)
    }
}
