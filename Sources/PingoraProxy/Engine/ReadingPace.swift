import PingoraCore

/// Whether a client takes what it asked for fast enough. Pure: times and counts in, deadlines out.
///
/// Only time in which we wait for the client counts, so that a slow server is not its fault. A
/// client has a credit of such time: waiting spends it, each byte taken earns some, and no more is
/// ever saved than there was at the beginning. So a fast beginning (the kernel takes a lot before
/// the client reads anything) does not pay for hours of silence. Who takes as much as wanted, or
/// more, never runs out.
struct ReadingPace {
    private static let second: Int64 = 1_000_000_000

    /// Bytes in a second; 0: no matter how slowly.
    private let rate: Int
    private let grace: Int64
    private var credit: Int64
    /// The bytes that have earned their share already.
    private var earned: Int
    private var waitsSince = MonotonicTime.never

    /// The pace of a client that has taken `taken` bytes so far, for other responses.
    init(rate: Int, grace: TimeLimit, taken: Int) {
        self.rate = rate
        self.grace = grace.nanoseconds
        credit = grace.nanoseconds
        earned = taken
    }

    /// We wait for the client, which has taken `taken` bytes by now.
    ///
    /// - Returns: when it is too slow, unless it takes something.
    mutating func beginWait(at now: MonotonicTime, taken: Int) -> MonotonicTime {
        guard rate > 0 else { return .never }
        let (time, overflow) = Int64(taken &- earned).multipliedReportingOverflow(
            by: ReadingPace.second)
        let share = overflow ? grace : min(grace, time / Int64(rate))
        credit = min(grace &- share, credit) &+ share
        earned = taken
        waitsSince = now
        return now.advanced(by: TimeLimit(nanoseconds: credit))
    }

    /// The wait is over.
    mutating func endWait(at now: MonotonicTime) {
        guard waitsSince != .never else { return }
        credit = max(0, credit &- now.nanoseconds(since: waitsSince))
        waitsSince = .never
    }
}
