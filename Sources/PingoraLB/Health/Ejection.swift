import PingoraCore

/// What the requests of one backend say about it. Pure.
///
/// It is the circuit breaker of its backend: closed, until too much fails; open for the time of an
/// ejection; then half open, where the first request decides: a failure ejects again at once, for
/// twice as long.
struct Ejection {
    private var failuresInARow = 0
    private var windowEnds = MonotonicTime(nanoseconds: .min)
    private var requests = 0
    private var failures = 0
    /// When the latest ejection ends or has ended.
    private(set) var until = MonotonicTime(nanoseconds: .min)
    /// Ejections so far; one is forgotten for each quiet time as long as the latest one.
    private var level = 0
    private var isHalfOpen = false
    private var quietSince = MonotonicTime(nanoseconds: .min)

    /// Ejections double at most this often, which is more than any maximum allows for.
    private static let highestLevel = 30

    /// Takes in how a request ended.
    ///
    /// - Returns: whether the backend should be ejected.
    mutating func note(failed: Bool, at now: MonotonicTime, _ policy: EjectionPolicy) -> Bool {
        // It began before the ejection and says nothing new.
        guard now >= until else { return false }
        return failed ? noteFailure(at: now, policy) : noteSuccess(at: now, policy)
    }

    private mutating func noteFailure(at now: MonotonicTime, _ policy: EjectionPolicy) -> Bool {
        count(failed: true, at: now, policy)
        failuresInARow += 1
        quietSince = now
        return isHalfOpen
            || policy.consecutiveFailures > 0 && failuresInARow >= policy.consecutiveFailures
            || isAboveShare(policy)
    }

    private mutating func noteSuccess(at now: MonotonicTime, _ policy: EjectionPolicy) -> Bool {
        count(failed: false, at: now, policy)
        failuresInARow = 0
        isHalfOpen = false
        if level > 0 {
            let latest = Ejection.duration(level: level, policy)
            if now >= quietSince.advanced(by: latest) {
                level -= 1
                quietSince = now
            }
        }
        // The window may have been too small until now.
        return isAboveShare(policy)
    }

    /// Begins an ejection and returns when it ends.
    mutating func eject(at now: MonotonicTime, _ policy: EjectionPolicy) -> MonotonicTime {
        level = min(level + 1, Ejection.highestLevel)
        until = now.advanced(by: Ejection.duration(level: level, policy))
        failuresInARow = 0
        (requests, failures) = (0, 0)
        isHalfOpen = true
        quietSince = until
        return until
    }

    /// Ends an ejection early: a check has found the backend fit.
    mutating func end() {
        until = MonotonicTime(nanoseconds: .min)
        isHalfOpen = false
    }

    /// Whether a success after the latest ejection has shown that the backend works.
    func isTrialOver(at now: MonotonicTime) -> Bool { !isHalfOpen && now >= until }

    /// Whether a success would be no news.
    var isSpotless: Bool { failuresInARow == 0 && level == 0 && !isHalfOpen }

    private mutating func count(failed: Bool, at now: MonotonicTime, _ policy: EjectionPolicy) {
        guard policy.failurePercent > 0 else { return }
        if now >= windowEnds {
            windowEnds = now.advanced(by: policy.window)
            (requests, failures) = (0, 0)
        }
        requests += 1
        failures += failed ? 1 : 0
    }

    private func isAboveShare(_ policy: EjectionPolicy) -> Bool {
        policy.failurePercent > 0 && requests >= max(1, policy.minimumRequests)
            && failures * 100 >= requests * policy.failurePercent
    }

    /// How long the ejection of this level lasts: each twice as long as the one before.
    static func duration(level: Int, _ policy: EjectionPolicy) -> TimeLimit {
        let factor = Int64(1) << min(level - 1, highestLevel)
        let (product, overflow) = policy.duration.nanoseconds.multipliedReportingOverflow(
            by: factor)
        let longest = policy.maximumDuration.nanoseconds
        return TimeLimit(nanoseconds: overflow ? longest : min(product, longest))
    }
}
