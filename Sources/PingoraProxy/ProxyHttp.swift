public import PingoraHTTP

/// A proxy: what happens to a request on its way to an upstream server and back.
///
/// Only ``upstreamPeer(_:_:)`` must be written. The methods stand in the order in which they are
/// called. Each gets the session, and the request's own context, made by ``makeContext()``. A
/// method that throws ends the request: ``failToProxy(_:_:_:)`` answers, ``logging(_:_:_:)`` logs.
public protocol ProxyHttp: Sendable {
    /// What the filters of one request share; `Void` if they share nothing.
    associatedtype Context = Void

    /// Makes the context of a request.
    func makeContext() -> Context

    /// Called first of all, before anything is checked.
    func earlyRequestFilter(
        _ session: borrowing Session, _ context: inout Context) async throws

    /// Validates the request, or answers it.
    ///
    /// - Returns: true if the response has been sent; the request goes no further.
    func requestFilter(
        _ session: borrowing Session, _ context: inout Context
    ) async throws -> Bool

    /// Called for every piece of the request body, and once more, empty, at its end.
    func requestBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
        _ context: inout Context) async throws

    /// Whether to go upstream at all; false answers with 502 unless a response was sent.
    func proxyUpstreamFilter(
        _ session: borrowing Session, _ context: inout Context
    ) async throws -> Bool

    /// Chooses where the request goes. Called for every try.
    func upstreamPeer(
        _ session: borrowing Session, _ context: inout Context
    ) async throws -> HTTPPeer

    /// A connection could not be made. Set `error.retry` to `.always` to try again, with whatever
    /// peer ``upstreamPeer(_:_:)`` then returns.
    func failToConnect(
        _ session: borrowing Session, _ peer: HTTPPeer, _ error: ProxyError,
        _ context: inout Context
    ) -> ProxyError

    /// A connection stands, new or reused.
    func connectedToUpstream(
        _ session: borrowing Session, _ peer: HTTPPeer, isReused: Bool,
        _ context: inout Context) async throws

    /// Changes the request before it is sent. Called for every try, each time with a fresh copy.
    func upstreamRequestFilter(
        _ session: borrowing Session, _ request: inout RequestHead,
        _ context: inout Context) async throws

    /// Changes the response as it comes from upstream. Called for interim (1xx) responses too.
    func upstreamResponseFilter(
        _ session: borrowing Session, _ response: inout ResponseHead,
        _ context: inout Context) async throws

    /// Called for every piece of the response body, and once more, empty, at its end.
    func upstreamResponseBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
        _ context: inout Context) throws

    /// Changes the trailers of a chunked response.
    func upstreamResponseTrailerFilter(
        _ session: borrowing Session, _ trailers: inout Fields,
        _ context: inout Context) throws

    /// Changes the response before it is sent to the client.
    func responseFilter(
        _ session: borrowing Session, _ response: inout ResponseHead,
        _ context: inout Context) async throws

    /// As ``upstreamResponseBodyFilter(_:_:isEnd:_:)``, after it.
    ///
    /// - Returns: how long to wait before the piece is sent, to slow a download; nil: not at all.
    func responseBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
        _ context: inout Context
    ) throws -> Duration?

    /// As ``upstreamResponseTrailerFilter(_:_:_:)``, after it.
    func responseTrailerFilter(
        _ session: borrowing Session, _ trailers: inout Fields,
        _ context: inout Context) async throws

    /// Something failed after the connection stood. May change the error, and whether to retry.
    func errorWhileProxy(
        _ session: borrowing Session, _ peer: HTTPPeer, _ error: ProxyError, isReused: Bool,
        _ context: inout Context
    ) -> ProxyError

    /// The request has failed for good: chooses the status of the answer; nil sends none.
    func failToProxy(
        _ session: borrowing Session, _ error: ProxyError,
        _ context: inout Context
    ) async -> StatusCode?

    /// Whether the error log leaves this error out.
    func suppressErrorLog(
        _ session: borrowing Session, _ error: ProxyError, _ context: Context
    ) -> Bool

    /// The request in one line, for the error log.
    func requestSummary(_ session: borrowing Session, _ context: Context) -> String

    /// Always called, last and exactly once.
    func logging(
        _ session: borrowing Session, _ error: ProxyError?, _ context: inout Context) async
}
