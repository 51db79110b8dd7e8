import PingoraCore
import TestSupport
import Testing

@testable import PingoraProxy

/// Moves at moments that a seed chooses.
enum RandomMoves {
    /// Up to three moves within so many turns, or one that nobody takes.
    static func moves(
        within turns: Int, using random: inout SeededGenerator
    ) -> Moves {
        let count = Int.random(in: 1...3, using: &random)
        let moments = (0..<count).map { _ in Int.random(in: 0...turns, using: &random) }.sorted()
        let delay = Int.random(in: 0...12, using: &random)
        let requestsAfter = delay == 12 ? nil : max(0, delay - 4)
        guard Int.random(in: 0..<4, using: &random) == 0 else {
            return Moves(turns: moments, requestsAfter: requestsAfter)
        }
        return Moves(
            turns: [moments[0]], requestsAfter: requestsAfter,
            returnsAfter: Int.random(in: 0...6, using: &random))
    }

    /// A chain for a run of some hundred turns.
    static func chain<Logic: ProxyHttp>(
        of logic: Logic, on kernel: SimulatedKernel
    ) throws -> ProcessChain<Logic> {
        let moves = moves(within: 300, using: &kernel.random)
        return try ProcessChain(
            moves, ProxyService(logic, listen: [SimulatedProxy.address]), on: kernel)
    }
}

/// `PINGORA_SEEDS=100000 swift test --filter RandomMovingTests` runs more seeds.
@Suite("Random moves")
struct RandomMovingTests {
    @Test("change nothing in an exchange", arguments: SimulationTests.parts)
    func exchanges(_ seeds: ClosedRange<UInt64>) {
        let sound = MovingExchanges.sound
        let all = sound + MovingExchanges.unsound
        var movedCount = 0
        for seed in seeds {
            var random = SeededGenerator(seed: seed)
            let index = Int.random(in: all.indices, using: &random)
            let (exchange, countsBytes) = (all[index], index < sound.count)
            let plain = MovingRun(
                exchange, Moves(turns: []), seed: seed, countsBytes: countsBytes)
            let moves = RandomMoves.moves(within: plain.turnCount + 1, using: &random)
            let moved = MovingRun(exchange, moves, seed: seed, countsBytes: countsBytes)
            movedCount += moved.movedCount
            guard moved.complaints.isEmpty, plain.complaints.isEmpty, moved.log == plain.log else {
                Issue.record(
                    """
                    seed \(seed), \(exchange.testDescription), \(moves): \(moved.complaints), \
                    without a move \(plain.complaints); logged \(moved.log), without a move \
                    \(plain.log)
                    """)
                return
            }
        }
        #expect(movedCount > seeds.count / 4)
    }

    @Test("keep to the invariants, whatever comes", arguments: SimulationTests.parts)
    func invariants(_ seeds: ClosedRange<UInt64>) {
        for seed in seeds {
            let run = RandomRun(seed: seed, isMoving: true)
            guard !run.violations.isEmpty else { continue }
            Issue.record("seed \(seed): \(run.violations.joined(separator: "; "))")
            return
        }
    }
}
