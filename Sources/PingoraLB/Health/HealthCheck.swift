public import PingoraCore

/// A way to find out whether a backend is fit for traffic.
///
/// One object checks all backends of a load balancer, several at a time.
public protocol HealthCheck: Sendable {
    /// Returns if `backend` is fit.
    ///
    /// Runs on `loop` and does not block it.
    /// - Parameter timeout: when to give up with ``HealthCheckFailure/timedOut``.
    /// - Throws: `HealthCheckFailure` if it is not.
    func check(
        _ backend: Backend, on loop: EventLoop, timeout: TimeLimit
    ) async throws(HealthCheckFailure)
}

/// Why a backend is not fit for traffic.
public enum HealthCheckFailure: Error, Hashable, CustomStringConvertible {
    /// No answer in time.
    case timedOut
    /// What the kernel said of the connection.
    case connection(String)
    /// What is wrong with the answer.
    case answer(String)

    public var description: String {
        switch self {
        case .timedOut: "no answer in time"
        case .connection(let reason), .answer(let reason): reason
        }
    }
}

/// How often backends are checked, and what their results mean.
public struct HealthCheckOptions: Hashable, Sendable {
    /// Between two checks of a healthy backend: 5 s.
    public var interval = TimeLimit.seconds(5)
    /// Between two checks of one that is not: 1 s, so that it is back soon.
    public var intervalWhileDown = TimeLimit.seconds(1)
    /// Up to this part of an interval, in percent, is added or left out at random, so that many
    /// proxies do not check at the same moment: 10.
    public var jitterPercent = 10
    /// For one check: 1 s.
    public var timeout = TimeLimit.seconds(1)
    /// Passed checks in a row that bring a backend back: 2.
    public var rise = 2
    /// Failed checks in a row that take it out: 3.
    public var fall = 3
    /// Checks that run at the same time: 16, so that a thousand backends are no burst.
    public var parallelChecks = 16

    /// The defaults.
    public init() {}
}
