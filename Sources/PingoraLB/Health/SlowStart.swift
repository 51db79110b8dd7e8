import PingoraCore

/// The share of its requests that a backend gets which has just come back. Pure.
///
/// Caches are cold and connections unmade: all of its share at once would take it out again.
enum SlowStart {
    /// What it begins with, of 65 536: a tenth, so that it is seen to work at all.
    static let least: Int64 = 6554
    /// Everything.
    static let full: Int64 = 65_536

    /// The share, of 65 536, at `now` of a backend that came back at `start`.
    static func share(since start: MonotonicTime, at now: MonotonicTime, _ ramp: TimeLimit) -> Int64
    {
        guard now < start.advanced(by: ramp) else { return full }
        // In microseconds, which can't overflow within 292 years.
        let elapsed = now.nanoseconds(since: start) / 1000
        let whole = max(1, ramp.nanoseconds / 1000)
        return max(least, Int64(Double(elapsed) / Double(whole) * Double(full)))
    }
}
