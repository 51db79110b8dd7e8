package import PingoraCore

/// Names a backend to a client that comes back to it. Whoever makes tags sees to it that a client
/// can't guess one.
package struct BackendTag: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }
}

extension BackendPool {
    /// The backend that a client comes back to, if it is in use, fit and has room; nil otherwise.
    /// The request is counted. One that is drained goes on with its clients.
    package func choose(
        _ tag: BackendTag, besides tried: [BackendUse], at now: MonotonicTime
    ) -> BackendUse? {
        guard let member = snapshot.member(tagged: tag),
            member.state.isReady(at: now, .doubtful, policy),
            !tried.contains(where: { $0.member.state === member.state }), member.begin(at: now)
        else { return nil }
        return BackendUse(member: member, pool: self)
    }

    /// The tag of a backend in use.
    package func tag(of use: BackendUse) -> BackendTag? { use.member.tag }
}
