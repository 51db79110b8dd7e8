import CLinux

/// A point on the clock that never jumps, in nanoseconds since boot (CLOCK_MONOTONIC).
///
/// Event loops read the clock once per turn; see ``EventLoop/now``.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The time as it is now; a turn of a loop that serves requests has it already.
    public static var now: MonotonicTime { current }

    /// Later than everything that will happen: a wait without a limit.
    package static let never = MonotonicTime(nanoseconds: .max)

    /// Reads the clock of the calling thread's kernel.
    package static var current: MonotonicTime {
        MonotonicTime(nanoseconds: clinux_monotonic())
    }

    public static func < (earlier: MonotonicTime, later: MonotonicTime) -> Bool {
        earlier.nanoseconds < later.nanoseconds
    }

    /// The time `limit` after this one; `never` where it would lie beyond the clock's end.
    package func advanced(by limit: TimeLimit) -> MonotonicTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(limit.nanoseconds)
        return overflow ? .never : MonotonicTime(nanoseconds: sum)
    }

    /// The time `limit` before this one.
    package func before(_ limit: TimeLimit) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds &- limit.nanoseconds)
    }

    /// The time that passed since `earlier`, in nanoseconds; 0 if it is not earlier.
    package func nanoseconds(since earlier: MonotonicTime) -> Int64 {
        max(0, nanoseconds &- earlier.nanoseconds)
    }
}

/// How long something may take: a `Duration` made ready for cheap arithmetic.
public struct TimeLimit: Hashable, Sendable, CustomStringConvertible {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// A limit of `duration`, at least zero and at most 292 years.
    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowed) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        nanoseconds = overflow || overflowed ? .max : max(0, sum)
    }

    /// A limit of whole or broken seconds.
    public static func seconds(_ count: Double) -> TimeLimit { TimeLimit(.seconds(count)) }

    /// A limit of milliseconds.
    public static func milliseconds(_ count: Int) -> TimeLimit { TimeLimit(.milliseconds(count)) }

    package var duration: Duration { .nanoseconds(nanoseconds) }
    package var isPositive: Bool { nanoseconds > 0 }

    /// `250ms`, `5s`.
    public var description: String {
        let milliseconds = nanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
