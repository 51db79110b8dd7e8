public import PingoraCore
public import PingoraHTTP

/// Why a request failed: whose fault it is, where it happened, what it was, and whether another
/// try may help.
public struct ProxyError: Error, Sendable, CustomStringConvertible {
    /// Whose fault it is.
    public enum Source: String, Sendable {
        case downstream, upstream, `internal`
    }

    /// What was being done.
    public enum Phase: String, Sendable {
        case readingRequest = "reading_request"
        case filtering
        case selectingPeer = "selecting_peer"
        case connecting
        /// The TLS handshake.
        case securing
        case sendingRequest = "sending_request"
        case awaitingResponse = "awaiting_response"
        case relaying
        case sendingResponse = "sending_response"
    }

    /// What went wrong.
    public enum Cause: Sendable {
        /// The peer broke the grammar or a limit.
        case malformed(ParseError)
        case timedOut
        /// The exchange as a whole took too long, however lively it was.
        case outOfTime
        /// The peer ended the connection where it had to say more.
        case closedEarly
        case system(SystemError)
        /// The connection could not be made secure, for this reason.
        case insecure(String)
        /// Nobody to send the request to.
        case noHealthyUpstream
        /// All to whom it could be sent have as much to do as they can; better in so many seconds.
        case overloaded(retryAfter: Int)
        /// A filter decided on this answer.
        case status(StatusCode)
        /// The peer broke the protocol in a way that is no matter of grammar.
        case violation(String)
        /// What a filter threw.
        case other(any Error)
    }

    /// Whether the request may be tried again.
    public enum Retry: Sendable {
        case never
        /// Only where the connection had been used before: its peer may just have closed it.
        case ifReused
        case always
    }

    public var source: Source
    public var phase: Phase
    public var cause: Cause
    public var retry: Retry

    /// An error in full.
    public init(_ source: Source, _ phase: Phase, _ cause: Cause, retry: Retry = .never) {
        self.source = source
        self.phase = phase
        self.cause = cause
        self.retry = retry
    }

    /// No upstream is there to take the request: 503.
    public static let noHealthyUpstream = ProxyError(.upstream, .selectingPeer, .noHealthyUpstream)

    /// Answers the request with `status` and an empty body.
    public static func status(_ status: StatusCode) -> ProxyError {
        ProxyError(.downstream, .filtering, .status(status))
    }

    /// Whether it is no fault but the answer that a filter decided on; see ``status(_:)``.
    var isDecision: Bool {
        guard case .status = cause else { return false }
        return source == .downstream && phase == .filtering
    }

    /// What Retry-After says, in seconds; nil: nothing.
    var retryAfter: Int? {
        if case .overloaded(let seconds) = cause { seconds } else { nil }
    }

    /// `upstream connecting: timed out`.
    public var description: String {
        "\(source.rawValue) \(phase.rawValue): \(cause.text)"
    }

    /// Whatever a filter threw, as a ProxyError of `phase`.
    init(_ error: any Error, in phase: Phase) {
        self = (error as? ProxyError) ?? ProxyError(.internal, phase, .other(error))
    }
}

extension ProxyError.Cause {
    /// What happened, in a few words.
    var text: String {
        switch self {
        case .malformed(let error): error.message
        case .timedOut: "timed out"
        case .outOfTime: "out of time"
        case .closedEarly: "connection closed early"
        case .system(let error): error.description
        case .insecure(let reason): reason
        case .noHealthyUpstream: "no healthy upstream"
        case .overloaded: "all upstream servers are busy"
        case .status(let status): "answered \(status.code)"
        case .violation(let text): text
        case .other(let error): "\(error)"
        }
    }
}
