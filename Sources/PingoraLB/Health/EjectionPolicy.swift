public import PingoraCore

/// When a backend is taken out because of how it answers real requests, and for how long.
///
/// Envoy calls it outlier detection, HAProxy `observe layer7`, nginx `max_fails`.
public struct EjectionPolicy: Hashable, Sendable {
    /// Failures in a row that eject a backend: 5; 0 never does.
    public var consecutiveFailures = 5
    /// The share of failures within ``window``, in percent, that ejects a backend; 0, the default,
    /// never does: what is normal differs from service to service.
    public var failurePercent = 0
    /// Fewer requests than this within a ``window`` say nothing about a share: 20.
    public var minimumRequests = 20
    /// Over which time a share is taken: 10 s.
    public var window = TimeLimit.seconds(10)
    /// The first ejection lasts this long, each further one twice as long: 10 s.
    public var duration = TimeLimit.seconds(10)
    /// No ejection lasts longer: 5 min.
    public var maximumDuration = TimeLimit.seconds(300)
    /// Of all backends with a weight, at most this share is ejected at a time, in percent: 50. What
    /// looks bad everywhere is hardly the fault of each. One may always be, if there are others.
    public var maximumEjectedPercent = 50

    /// The defaults.
    public init() {}
}
