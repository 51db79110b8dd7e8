import PingoraCore
import Synchronization

/// What is known of the backend at one address. It outlives changes of the set.
///
/// From any thread. A choice asks ``isReady(at:_:)``, which for a backend without a history is one
/// atomic load; what changes it takes the lock of ``record``.
final class BackendState: Sendable {
    /// What is out of the ordinary; empty for nearly all backends at nearly all times.
    struct Traits: OptionSet, Sendable {
        let rawValue: UInt8
        /// No check has ended yet.
        static let unknown = Traits(rawValue: 1)
        /// Checks say that it is not fit.
        static let unhealthy = Traits(rawValue: 2)
        /// It was ejected: ``ejectedUntil`` says whether it still is.
        static let ejected = Traits(rawValue: 4)
        /// It was ejected and has answered nothing since: a request now and then finds out.
        static let onTrial = Traits(rawValue: 8)
        /// It came back at ``returnedAt`` and may not get its whole share yet.
        static let ramping = Traits(rawValue: 16)
        /// A request has failed, so that the next success is news.
        static let blemished = Traits(rawValue: 32)

        /// What a choice has to look at.
        static let hindrances: Traits = [.unknown, .unhealthy, .ejected, .onTrial, .ramping]
    }

    /// What is only read and written together.
    struct Record {
        var health = HealthState()
        var ejection = Ejection()
    }

    let load = BackendLoad()
    let record = Mutex(Record())
    private let word = Atomic<UInt8>(0)
    /// In nanoseconds of the monotonic clock.
    private let ejectedUntil = Atomic<Int64>(.min)
    private let returnedAt = Atomic<Int64>(.min)
    /// When a request was last sent to find out.
    private let triedAt = Atomic<Int64>(.min)

    /// Between two requests that find out, while none of them is answered.
    private static let trialInterval = TimeLimit.seconds(1)

    var traits: Traits { Traits(rawValue: word.load(ordering: .acquiring)) }

    func insert(_ traits: Traits) {
        word.bitwiseOr(traits.rawValue, ordering: .acquiringAndReleasing)
    }

    func remove(_ traits: Traits) {
        word.bitwiseAnd(~traits.rawValue, ordering: .acquiringAndReleasing)
    }

    /// Whether it is out because of how it answered.
    func isEjected(at now: MonotonicTime) -> Bool {
        traits.contains(.ejected) && now.nanoseconds < ejectedUntil.load(ordering: .relaxed)
    }

    /// Takes it out until `end`, from when it is on trial.
    func eject(until end: MonotonicTime) {
        ejectedUntil.store(end.nanoseconds, ordering: .relaxed)
        returnedAt.store(end.nanoseconds, ordering: .relaxed)
        insert([.ejected, .onTrial, .ramping])
    }

    /// Ends an ejection.
    func readmit() { remove([.ejected, .onTrial]) }

    /// A request is sent to it.
    func beginUse(at now: MonotonicTime) {
        if traits.contains(.onTrial) { triedAt.store(now.nanoseconds, ordering: .relaxed) }
    }

    /// From now on it gets more and more of its share.
    func beginRamp(at now: MonotonicTime) {
        returnedAt.store(now.nanoseconds, ordering: .relaxed)
        insert(.ramping)
    }

    /// How strictly a choice looks.
    enum Standard {
        /// Checked, and its share grown beyond `draw` of 65 536.
        case full(draw: Int64)
        /// Never checked, on trial, or back for a moment only: better than nobody.
        case doubtful
    }

    /// Whether requests may be sent to it, by what is known of it.
    func isReady(at now: MonotonicTime, _ standard: Standard, _ policy: BalancingPolicy) -> Bool {
        let traits = traits
        guard !traits.isDisjoint(with: .hindrances) else { return true }
        if traits.contains(.unhealthy) { return false }
        if traits.contains(.ejected), now.nanoseconds < ejectedUntil.load(ordering: .relaxed) {
            return false
        }
        guard case .full(let draw) = standard else { return true }
        if traits.contains(.unknown) { return false }
        if traits.contains(.onTrial), isTrialUnderWay(at: now) { return false }
        guard traits.contains(.ramping) else { return true }
        return draw < share(at: now, policy.slowStart)
    }

    private func isTrialUnderWay(at now: MonotonicTime) -> Bool {
        let start = MonotonicTime(nanoseconds: triedAt.load(ordering: .relaxed))
        return now < start.advanced(by: BackendState.trialInterval)
    }

    private func share(at now: MonotonicTime, _ ramp: TimeLimit) -> Int64 {
        let start = MonotonicTime(nanoseconds: returnedAt.load(ordering: .relaxed))
        let share = SlowStart.share(since: start, at: now, ramp)
        if share == SlowStart.full { remove(.ramping) }
        return share
    }
}
