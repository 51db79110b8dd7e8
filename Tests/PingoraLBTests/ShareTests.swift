import Testing

@testable import PingoraLB

/// Shares over 100 000 choices, which may be off by 1 % of all of them.
@Suite("Shares of every algorithm")
struct ShareTests {
    private static let count = 100_000
    private static let tables = [
        [1, 1], [1, 1, 1], [5, 1, 1], [10, 0, 3, 7], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [100, 1],
    ]

    @Test(
        "are as the weights are where every request has ended before the next",
        arguments: [
            Algorithm.roundRobin, .randomChoice, .powerOfTwoChoices, .peakEWMA, .ketama, .fnvHash,
            .boundedLoadHash, .maglev,
        ], tables)
    func idle(algorithm: Algorithm, weights: [Int]) {
        let algorithm = algorithm.make(candidates(weights), 7)
        expect(algorithm.counts(of: weights.count, plainRequests(Self.count)), weights)
    }

    @Test(
        "are as the weights are where latencies are known and equal",
        arguments: tables)
    func equalLatencies(weights: [Int]) {
        let candidates = candidates(weights)
        for candidate in candidates { candidate.load.note(latency: 1_000_000, now: 1) }
        let algorithm = PeakEWMA(candidates, seed: 7)
        expect(algorithm.counts(of: weights.count, plainRequests(Self.count)), weights)
    }

    @Test(
        "are as the weights are where no request ends",
        arguments: [
            Algorithm.roundRobin, .randomChoice, .leastConnections, .powerOfTwoChoices, .peakEWMA,
            .boundedLoadHash,
        ], tables)
    func busy(algorithm: Algorithm, weights: [Int]) {
        let candidates = candidates(weights)
        let algorithm = algorithm.make(candidates, 8)
        for _ in 0..<Self.count {
            if let index = algorithm.select(SelectionRequest(), accepting: { _ in true }) {
                candidates[index].load.begin()
            }
        }
        expect(candidates.map(\.load.inFlight), weights)
    }

    // Ketama's shares vary by 8 % of themselves, by design: KetamaTests.
    @Test(
        "are as the weights are over many keys", arguments: [Algorithm.fnvHash, .maglev], tables)
    func keyed(algorithm: Algorithm, weights: [Int]) {
        let algorithm = algorithm.make(candidates(weights), 9)
        let requests = keyedRequests(Self.count, algorithm)
        expect(algorithm.counts(of: weights.count, requests), weights)
    }

    @Test(
        "go on as the weights are where one is refused",
        arguments: Algorithm.drawing + [Algorithm.roundRobin])
    func refused(algorithm: Algorithm) {
        let weights = [50, 10, 20, 30]
        let algorithm = algorithm.make(candidates(weights), 10)
        var counts = [0, 0, 0, 0]
        for _ in 0..<Self.count {
            let index = algorithm.select(SelectionRequest()) { $0 != 0 }
            if let index { counts[index] += 1 }
        }
        expect(counts, [0, 10, 20, 30])
    }

    @Test("are even among idle backends of one weight with LeastConnections")
    func ties() {
        let algorithm = LeastConnections(candidates(count: 5), seed: 11)
        expect(algorithm.counts(of: 5, plainRequests(Self.count)), [1, 1, 1, 1, 1])
    }

    private func expect(_ counts: [Int], _ weights: [Int]) {
        let total = weights.reduce(0, +)
        #expect(counts.reduce(0, +) == Self.count)
        for (count, weight) in zip(counts, weights) {
            let share = Double(weight) / Double(total)
            #expect(abs(Double(count) / Double(Self.count) - share) < 0.01, "\(counts) \(weights)")
            if weight == 0 { #expect(count == 0) }
        }
    }
}
