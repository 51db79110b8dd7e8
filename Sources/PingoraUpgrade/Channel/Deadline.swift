import CLinux

/// A point on the clock that never jumps, by which something must be done.
struct Deadline: Hashable, Sendable {
    private let nanoseconds: Int64

    /// `limit` from now; at once for a negative one, and in a year for more than that.
    init(in limit: Duration) {
        let (seconds, attoseconds) = limit.components
        // A year is beyond any hand-over, and keeps the sums below from overflowing.
        let whole = min(max(seconds, 0), 31_536_000)
        let rest = whole == seconds ? max(0, attoseconds / 1_000_000_000) : 0
        nanoseconds = clinux_monotonic() &+ whole * 1_000_000_000 &+ rest
    }

    private init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// No wait at all.
    static let now = Deadline(nanoseconds: 0)
    /// A wait without a limit.
    static let never = Deadline(nanoseconds: .max)

    /// Milliseconds that are left, rounded up so that a wait does not end too early; at most a
    /// minute, and 0 once it has passed.
    var millisecondsLeft: CInt {
        let left = nanoseconds &- clinux_monotonic()
        guard left > 0 else { return 0 }
        return CInt(min(60_000, (left - 1) / 1_000_000 + 1))
    }

    var hasPassed: Bool { millisecondsLeft == 0 }
}
