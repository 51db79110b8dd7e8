import PingoraHTTP

/// Whether a failed try is followed by another. Pure.
enum RetryPolicy {
    /// What is known of a failed try.
    struct Failure {
        var retry: ProxyError.Retry
        /// Tries so far, this one included.
        var tries: Int
        var maximumTries: Int
        /// The connection had been used before, so its peer may just have closed it.
        var isReused: Bool
        var method: Method
        /// Any byte of the request reached the kernel's send buffer.
        var hasSentRequest: Bool
        /// Part of the body has been taken from the client and can't be sent again.
        var hasTakenBody: Bool
        /// The client has been sent a part of the response.
        var hasResponded: Bool
    }

    /// True if the request may be sent again without anybody noticing (RFC 9110 §9.2.2): nothing
    /// was answered, the body is still there, and the server has seen nothing or the method is
    /// idempotent.
    static func allowsRetry(_ failure: Failure) -> Bool {
        guard failure.tries < failure.maximumTries, !failure.hasResponded, !failure.hasTakenBody
        else { return false }
        let isWanted =
            switch failure.retry {
            case .never: false
            case .ifReused: failure.isReused
            case .always: true
            }
        return isWanted && (!failure.hasSentRequest || failure.method.isIdempotent)
    }
}
