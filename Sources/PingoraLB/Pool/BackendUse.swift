public import PingoraCore

/// One request at a backend, from the choice until ``end(_:at:)``.
public struct BackendUse: Sendable {
    let member: BackendMember
    let pool: BackendPool

    /// The backend that was chosen.
    public var backend: Backend { member.backend }

    /// Notes how the request ended, and makes room for another. Exactly once; from any thread.
    public func end(_ outcome: BackendOutcome, at now: MonotonicTime = .now) {
        pool.end(member, outcome, at: now)
    }
}

/// What a request came to, as far as it says something about its backend.
public enum BackendOutcome: Hashable, Sendable {
    /// The backend answered; the head of the response was there after this time.
    case answered(after: TimeLimit)
    /// It did not answer, or in a way that only a broken one does.
    case failed
    /// Nobody knows: the client left, or the connection had been idle for long.
    case abandoned
}
