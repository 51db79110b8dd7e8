import PingoraCore
import Synchronization

/// Whether so few backends are fit that all are used.
///
/// Looking at each of them for every request would cost more than the request: the answer holds
/// for a moment.
final class PanicWatch: Sendable {
    /// When to look again, in nanoseconds of the monotonic clock, with the answer as lowest bit.
    private let word = Atomic<Int64>(.min)

    /// How long an answer holds.
    private static let period = TimeLimit.milliseconds(100)

    func isOn(_ set: BackendTiers, _ policy: BalancingPolicy, at now: MonotonicTime) -> Bool {
        let last = word.load(ordering: .relaxed)
        if now.nanoseconds < last { return last & 1 == 1 }
        let isOn = PanicWatch.judge(set, policy, at: now)
        let end = now.advanced(by: PanicWatch.period).nanoseconds
        word.store(end & ~1 | (isOn ? 1 : 0), ordering: .relaxed)
        return isOn
    }

    static func judge(_ set: BackendTiers, _ policy: BalancingPolicy, at now: MonotonicTime) -> Bool
    {
        let fit = set.members.count { member in
            member.backend.weight > 0 && member.state.isReady(at: now, .doubtful, policy)
        }
        return fit * 100 < set.primaryCount * policy.panicPercent
    }
}
