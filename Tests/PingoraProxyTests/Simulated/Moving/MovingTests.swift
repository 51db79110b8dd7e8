import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// Connections that go to another process in the middle of what they are used for.
@Suite("Moving through the engine")
struct MovingTests {
    /// How a run moves, apart from the moment.
    enum Manner: String, CaseIterable, CustomTestStringConvertible {
        case atOnce = "requests leave at once"
        case later = "requests leave eight turns later"
        case idleOnly = "requests never leave"
        case twice = "two moves in a row"
        case returned = "nobody takes them"

        var testDescription: String { rawValue }

        func moves(at turn: Int) -> Moves {
            switch self {
            case .atOnce: Moves(turns: [turn])
            case .later: Moves(turns: [turn], requestsAfter: 8)
            case .idleOnly: Moves(turns: [turn], requestsAfter: nil)
            case .twice: Moves(turns: [turn, turn + 3])
            case .returned: Moves(turns: [turn], returnsAfter: 3)
            }
        }
    }

    @Test(
        "changes nothing for client, server and log", arguments: MovingExchanges.sound,
        Manner.allCases)
    func changesNothing(_ exchange: Exchange, _ manner: Manner) {
        check(exchange, manner, countsBytes: true)
    }

    @Test(
        "changes nothing for what goes wrong", arguments: MovingExchanges.unsound,
        Manner.allCases)
    func changesNoFailure(_ exchange: Exchange, _ manner: Manner) {
        check(exchange, manner, countsBytes: false)
    }

    /// The most moments at which one exchange is moved.
    private static let moments = 15

    private func check(_ exchange: Exchange, _ manner: Manner, countsBytes: Bool) {
        for seed in 1...1 as ClosedRange<UInt64> {
            let plain = MovingRun(
                exchange, Moves(turns: []), seed: seed, countsBytes: countsBytes)
            #expect(plain.complaints.isEmpty, "seed \(seed), without a move")
            guard plain.complaints.isEmpty else { return }
            let stride = max(1, plain.turnCount / MovingTests.moments)
            for turn in Swift.stride(from: 0, through: plain.turnCount + 1, by: stride) {
                let moved = MovingRun(
                    exchange, manner.moves(at: turn), seed: seed, countsBytes: countsBytes)
                var complaints = moved.complaints
                if moved.log != plain.log {
                    complaints.append("logged \(moved.log), without a move \(plain.log)")
                }
                guard complaints.isEmpty else {
                    Issue.record(
                        "seed \(seed), turn \(turn): \(complaints.joined(separator: "; "))")
                    return
                }
            }
        }
    }
}
