public import PingoraCore

/// How a set of backends is used, apart from the algorithm that chooses among the fit ones.
public struct BalancingPolicy: Hashable, Sendable {
    /// When a backend is taken out because of how it answers; nil, the default: never.
    public var ejection: EjectionPolicy?
    /// The time over which a backend that comes back gets its whole share; zero, the default: at
    /// once.
    public var slowStart = TimeLimit.seconds(0)
    /// With fewer fit backends than this, in percent of those with a weight that are no backups,
    /// all of these are used as if they were fit, since the few would only be overrun; 0, the
    /// default: never.
    public var panicPercent = 0
    /// Requests that wait where all backends have as many as they serve at the same time, for each
    /// backend with a weight: 100. They would be refused soon anyway beyond that.
    public var pendingPerBackend = 100

    /// The defaults.
    public init() {}
}
