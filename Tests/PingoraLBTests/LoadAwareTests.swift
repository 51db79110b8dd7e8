import Testing

@testable import PingoraLB

@Suite("PowerOfTwoChoices")
struct PowerOfTwoChoicesTests {
    @Test("never takes the busiest of two")
    func busiest() {
        let candidates = candidates(count: 2)
        candidates[0].load.begin()
        #expect(
            PowerOfTwoChoices(candidates, seed: 1).counts(of: 2, plainRequests(1_000)) == [
                0, 1_000,
            ]
        )
    }

    @Test("compares requests in flight for each unit of weight")
    func weighted() {
        let candidates = candidates([4, 1])
        for _ in 0..<3 { candidates[0].load.begin() }
        candidates[1].load.begin()
        // With one more, the heavy one has no more for its weight than the light one has now.
        #expect(
            PowerOfTwoChoices(candidates, seed: 1).counts(of: 2, plainRequests(1_000)) == [
                1_000, 0,
            ]
        )
    }

    @Test("stays within a few requests of the mean")
    func even() {
        let candidates = candidates(count: 100)
        let algorithm = PowerOfTwoChoices(candidates, seed: 1)
        for _ in 0..<10_000 {
            if let index = algorithm.select(SelectionRequest(), accepting: { _ in true }) {
                candidates[index].load.begin()
            }
        }
        let loads = candidates.map(\.load.inFlight)
        #expect(loads.allSatisfy { $0 <= 104 }, "\(loads)")
    }
}

@Suite("LeastConnections")
struct LeastConnectionsTests {
    @Test(
        "takes the lowest of (in flight + 1) / weight",
        arguments: [
            ([1, 1, 1], [2, 1, 3], 1), ([5, 1], [3, 0], 0), ([5, 1], [5, 0], 1),
            ([0, 1], [0, 9], 1), ([3, 2, 1], [5, 2, 1], 1),
        ])
    func lowest(weights: [Int], inFlight: [Int], expected: Int) {
        let candidates = candidates(weights)
        for (candidate, count) in zip(candidates, inFlight) {
            for _ in 0..<count { candidate.load.begin() }
        }
        let algorithm = LeastConnections(candidates, seed: 1)
        #expect(algorithm.select(SelectionRequest()) { _ in true } == expected)
    }

    @Test("keeps equal backends equally busy")
    func even() {
        let candidates = candidates(count: 7)
        let algorithm = LeastConnections(candidates, seed: 1)
        for _ in 0..<700 {
            if let index = algorithm.select(SelectionRequest(), accepting: { _ in true }) {
                candidates[index].load.begin()
            }
        }
        #expect(candidates.allSatisfy { $0.load.inFlight == 100 })
    }
}

@Suite("PeakEWMA")
struct PeakEWMATests {
    private static let millisecond: UInt64 = 1_000_000
    private let now: UInt64 = 1_000_000_000_000

    @Test("avoids the slower of two")
    func slower() {
        let candidates = candidates(count: 2)
        candidates[0].load.note(latency: Self.millisecond, now: now)
        candidates[1].load.note(latency: 20 * Self.millisecond, now: now)
        #expect(counts(candidates) == [1_000, 0])
    }

    @Test("takes the slower where the faster is so busy that it takes longer")
    func queue() {
        let candidates = candidates(count: 2)
        candidates[0].load.note(latency: Self.millisecond, now: now)
        candidates[1].load.note(latency: 3 * Self.millisecond, now: now)
        for _ in 0..<10 { candidates[0].load.begin() }
        #expect(counts(candidates) == [0, 1_000])
    }

    @Test("tries a backend of unknown latency, with one request at a time")
    func unknown() {
        let candidates = candidates(count: 2)
        candidates[0].load.note(latency: Self.millisecond, now: now)
        #expect(counts(candidates) == [0, 1_000])
        candidates[1].load.begin()
        #expect(counts(candidates) == [1_000, 0])
        candidates[1].load.note(latency: Self.millisecond, now: now)
        candidates[1].load.end()
        #expect(counts(candidates).allSatisfy { $0 > 400 })
    }

    @Test("tries a backend of unknown latency soon among many")
    func soon() {
        let candidates = candidates(count: 50)
        for candidate in candidates.dropLast() {
            candidate.load.note(latency: Self.millisecond, now: now)
        }
        let algorithm = PeakEWMA(candidates, seed: 1)
        let request = SelectionRequest(now: now)
        let first = (0..<500).first { _ in algorithm.select(request) { _ in true } == 49 }
        #expect(first != nil)
    }

    @Test("spreads requests by load while nothing is known of any backend")
    func nothingKnown() {
        let candidates = candidates(count: 4)
        let algorithm = PeakEWMA(candidates, seed: 1)
        for _ in 0..<400 {
            if let index = algorithm.select(SelectionRequest(now: now), accepting: { _ in true }) {
                candidates[index].load.begin()
            }
        }
        #expect(candidates.allSatisfy { abs($0.load.inFlight - 100) < 5 })
    }

    @Test("gives a slow backend another chance after a while")
    func forgiven() {
        let candidates = candidates(count: 2)
        candidates[1].load.note(latency: 100 * Self.millisecond, now: now)
        let later = now + 120_000 * Self.millisecond
        candidates[0].load.note(latency: 2 * Self.millisecond, now: later)
        #expect(counts(candidates, at: later)[1] > 400)
    }

    private func counts(_ candidates: [Candidate], at time: UInt64? = nil) -> [Int] {
        let request = SelectionRequest(now: time ?? now)
        return PeakEWMA(candidates, seed: 1).counts(
            of: candidates.count, Array(repeating: request, count: 1_000))
    }
}
