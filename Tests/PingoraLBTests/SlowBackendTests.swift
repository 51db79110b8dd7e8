import Testing

@testable import PingoraLB

/// Ten backends of which one is twenty times slower, under the same arrivals.
@Suite("One slow backend of ten")
struct SlowBackendTests {
    private static let millisecond = 1_000_000.0
    private static let serviceTimes = Array(repeating: millisecond, count: 9) + [20 * millisecond]

    /// In the first row the slow backend keeps up even under round robin, at 80 % of what it can;
    /// in the second it does not, and its queue grows; in the third the others are half busy.
    private static let intervals = [2.5, 0.5, 0.2].map { $0 * millisecond }

    @Test("costs the slowest 1 % of requests less with PowerOfTwoChoices", arguments: intervals)
    func powerOfTwoChoices(interval: Double) {
        expectThreeTimesBetter(interval) { PowerOfTwoChoices($0, seed: 3) }
    }

    @Test("costs the slowest 1 % of requests less with PeakEWMA", arguments: intervals)
    func peakEWMA(interval: Double) {
        expectThreeTimesBetter(interval) { PeakEWMA($0, seed: 3) }
    }

    @Test("costs the slowest 1 % of requests less with LeastConnections", arguments: intervals)
    func leastConnections(interval: Double) {
        expectThreeTimesBetter(interval) { LeastConnections($0, seed: 3) }
    }

    private func expectThreeTimesBetter(
        _ interval: Double, _ make: ([Candidate]) -> any SelectionAlgorithm
    ) {
        let simulation = QueueSimulation(
            serviceTimes: Self.serviceTimes, interval: interval, requests: 50_000, seed: 17)
        let turns = simulation.ninetyNinthPercentile { RoundRobin($0) }
        let other = simulation.ninetyNinthPercentile(make)
        #expect(3 * other <= turns, "\(other) and \(turns) ns")
    }
}
