public import PingoraHTTP

extension ProxyError {
    /// What the client is told; nil where it is gone and nobody would read an answer.
    ///
    /// The one table from errors to status codes.
    public var statusCode: StatusCode? {
        switch (source, cause) {
        case (_, .status(let status)): status
        case (_, .noHealthyUpstream), (_, .overloaded): .serviceUnavailable
        case (_, .outOfTime): .gatewayTimeout
        case (.downstream, .malformed(let error)): error.suggestedStatus
        case (.downstream, .timedOut):
            phase == .readingRequest || phase == .sendingRequest ? .requestTimeout : nil
        case (.downstream, .violation): .badRequest
        case (.downstream, .closedEarly), (.downstream, .system), (.downstream, .other),
            (.downstream, .insecure):
            nil
        case (.upstream, .timedOut): .gatewayTimeout
        case (.upstream, _): .badGateway
        case (.internal, _): .internalServerError
        }
    }
}
