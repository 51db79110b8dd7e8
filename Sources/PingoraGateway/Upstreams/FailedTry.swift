import PingoraCore
import PingoraHTTP
import PingoraLB
import PingoraProxy

/// What a try at a server says about the server, and whether another one is tried.
enum FailedTry {
    /// Statuses with which a server says that it can't serve, as Envoy counts them.
    private static let failures: [UInt16] = [502, 503, 504]

    /// Ends the try at hand, which has failed.
    ///
    /// - Returns: the error, with whether to try again. The engine sees to it that nothing is sent
    ///   twice that must not be.
    static func judge(
        _ error: ProxyError, isReused: Bool, _ now: MonotonicTime,
        _ context: inout Gateway.Context
    ) -> ProxyError {
        guard let use = context.use.take() else { return error }
        guard error.source == .upstream else {
            use.end(.abandoned, at: now)
            return error
        }
        // A connection that was idle may just have been closed: the server is as good as before.
        if isReused, case .ifReused = error.retry {
            use.end(.abandoned, at: now)
            return error
        }
        use.end(.failed, at: now)
        guard context.upstream?.configuration.hasFailover ?? false, mayWorkElsewhere(error) else {
            return error
        }
        context.tried.append(use)
        context.failure = error
        var error = error
        error.retry = .always
        return error
    }

    /// Whether the server has failed, rather than the request: what made one server speak nonsense
    /// is not shown to the next.
    private static func mayWorkElsewhere(_ error: ProxyError) -> Bool {
        guard error.phase != .relaying else { return false }
        switch error.cause {
        case .timedOut, .closedEarly, .system, .insecure: return true
        default: return false
        }
    }

    /// What a request that has ended says about its server.
    static func outcome(of session: borrowing Session, _ error: ProxyError?) -> BackendOutcome {
        if let error { return error.source == .upstream ? .failed : .abandoned }
        guard let status = session.responseStatus, let latency = session.upstreamLatency else {
            return .abandoned
        }
        return failures.contains(status.code) ? .failed : .answered(after: latency)
    }
}
