import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("DiscoverySchedule")
struct DiscoveryScheduleTests {
    private static let one = Backend(.ipv4(0x7f00_0001, port: 1))
    private static let two = Backend(.ipv4(0x7f00_0001, port: 2))
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)
    private let failure = DiscoveryError("down")

    @Test("tells of a set once, and of the next")
    func changes() {
        var schedule = DiscoverySchedule(interval: .seconds(10))
        var random = SeededGenerator(seed: 1)
        var told: [[Backend]?] = []
        for set in [[Self.one], [Self.one], [Self.one, Self.two], [], [Self.one, Self.two]] {
            let found = DiscoveredBackends(set)
            told.append(schedule.note(.success(found), at: start, random: &random).backends)
        }
        #expect(told == [[Self.one], nil, [Self.one, Self.two], nil, nil])
    }

    @Test("asks again when the answer is no longer good", arguments: [(60.0, 60.0), (0.0, 1.0)])
    func next(_ valid: Double, _ expected: Double) {
        var schedule = DiscoverySchedule(interval: .seconds(10))
        var random = SeededGenerator(seed: 1)
        let found = DiscoveredBackends([Self.one], validFor: .seconds(valid))
        let step = schedule.note(.success(found), at: start, random: &random)
        #expect(step.next == start.advanced(by: .seconds(expected)))
    }

    @Test(
        "asks again after an interval, give or take a tenth, where the answer does not say",
        arguments: [(10.0, 9.0, 11.0), (0.0, 1.0, 1.0), (1.0, 1.0, 1.1)])
    func varies(_ interval: Double, _ least: Double, _ most: Double) {
        var schedule = DiscoverySchedule(interval: .seconds(interval))
        var random = SeededGenerator(seed: 1)
        let waits = (0..<1000).map { _ in
            let found = DiscoveredBackends([Self.one])
            let step = schedule.note(.success(found), at: start, random: &random)
            return Double(step.next.nanoseconds(since: start)) / 1e9
        }
        let (shortest, longest) = (waits.min() ?? 0, waits.max() ?? 0)
        #expect(shortest > least - 1e-6 && longest < most + 1e-6)
        #expect(longest - shortest >= (most - least) * 0.9)
    }

    @Test("survives an interval without an end")
    func longest() {
        var schedule = DiscoverySchedule(interval: .seconds(1e12))
        var random = SeededGenerator(seed: 1)
        let found = DiscoveredBackends([Self.one])
        let step = schedule.note(.success(found), at: start, random: &random)
        #expect(step.next > start.advanced(by: .seconds(1e9)))
    }

    @Test("says once that a source fails, and once that it is back")
    func news() {
        var schedule = DiscoverySchedule(interval: .seconds(10))
        var random = SeededGenerator(seed: 1)
        let results: [Result<DiscoveredBackends, DiscoveryError>] = [
            .success(DiscoveredBackends([Self.one])), .failure(failure),
            .success(DiscoveredBackends([])), .success(DiscoveredBackends([Self.one])),
            .success(DiscoveredBackends([Self.one])),
        ]
        let steps = results.map { schedule.note($0, at: start, random: &random) }
        #expect(steps.map(\.news) == [nil, .failing(failure), nil, .recovered, nil])
        #expect(steps.map(\.failure) == [nil, failure, DiscoveryError("no backends"), nil, nil])
        #expect(schedule.current == [Self.one])
    }

    @Test(
        "waits ever longer after failures, from 1 s to 30 s", arguments: 1...50)
    func backOff(_ seed: UInt64) {
        var schedule = DiscoverySchedule(interval: .seconds(10))
        var random = SeededGenerator(seed: seed)
        for middle in [1.0, 2, 4, 8, 16, 30, 30, 30] {
            let step = schedule.note(.failure(failure), at: start, random: &random)
            let seconds = Double(step.next.nanoseconds(since: start)) / 1e9
            #expect(max(1, middle * 0.75)...min(30, middle * 1.25) ~= seconds)
        }
        let found = DiscoveredBackends([Self.one])
        _ = schedule.note(.success(found), at: start, random: &random)
        let step = schedule.note(.failure(failure), at: start, random: &random)
        #expect(step.next <= start.advanced(by: .seconds(1.25)))
    }
}
