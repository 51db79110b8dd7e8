import PingoraCore

/// What to do with what a source said, and when to ask it again. Pure.
struct DiscoverySchedule {
    /// What the log is told, once for each change.
    enum News: Equatable {
        case failing(DiscoveryError)
        case recovered
    }

    struct Step: Equatable {
        /// The new set; nil where it is the one in use.
        var backends: [Backend]?
        var failure: DiscoveryError?
        var news: News?
        /// When to ask again.
        var next: MonotonicTime
    }

    /// Between two questions to a source that does not say how long its answers are good for, give
    /// or take a tenth.
    let interval: TimeLimit

    /// Waits after failures: doubled each time, from a second to half a minute.
    static let shortestBackOff = TimeLimit.seconds(1)
    static let longestBackOff = TimeLimit.seconds(30)
    /// No source is asked more often, whatever it says.
    static let shortestInterval = TimeLimit.seconds(1)

    /// The last good set.
    private(set) var current: [Backend]?
    private var failures = 0

    init(interval: TimeLimit) {
        self.interval = interval
    }

    /// Takes in what the source has said at `now`. An empty set is a failure.
    mutating func note(
        _ result: Result<DiscoveredBackends, DiscoveryError>, at now: MonotonicTime,
        random: inout some RandomNumberGenerator
    ) -> Step {
        switch result {
        case .failure(let error): return failed(error, now, &random)
        case .success(let found) where found.backends.isEmpty:
            return failed(DiscoveryError("no backends"), now, &random)
        case .success(let found):
            let wait = found.validFor?.nanoseconds ?? varied(&random)
            let next = max(DiscoverySchedule.shortestInterval.nanoseconds, wait)
            var step = Step(next: now.advanced(by: TimeLimit(nanoseconds: next)))
            if failures > 0 { step.news = .recovered }
            failures = 0
            if found.backends != current { step.backends = found.backends }
            current = found.backends
            return step
        }
    }

    /// The interval, a tenth more or less, so that many proxies do not ask at the same moment.
    private func varied(_ random: inout some RandomNumberGenerator) -> Int64 {
        // Of a century, more than which would overflow.
        let whole = min(max(0, interval.nanoseconds), 3_155_760_000_000_000_000)
        return Int64.random(in: whole - whole / 10...whole + whole / 10, using: &random)
    }

    private mutating func failed(
        _ error: DiscoveryError, _ now: MonotonicTime, _ random: inout some RandomNumberGenerator
    ) -> Step {
        let shortest = DiscoverySchedule.shortestBackOff.nanoseconds
        let longest = DiscoverySchedule.longestBackOff.nanoseconds
        // Five doublings pass the longest.
        let middle = min(longest, shortest << Int64(min(failures, 5)))
        failures += 1
        // A quarter more or less, so that many proxies do not ask at the same moment.
        let wait = Int64.random(
            in: max(shortest, middle - middle / 4)...min(longest, middle + middle / 4),
            using: &random)
        return Step(
            failure: error, news: failures == 1 ? .failing(error) : nil,
            next: now.advanced(by: TimeLimit(nanoseconds: wait)))
    }
}
