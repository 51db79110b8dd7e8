public import PingoraHTTP

extension ProxyHttp where Context == Void {
    public func makeContext() {}
}

/// What a proxy does that only chooses upstreams.
extension ProxyHttp {
    public func earlyRequestFilter(
        _ session: borrowing Session, _ context: inout Context
    ) async throws {
        session.isDefault(.earlyRequestFilter, of: Self.self)
    }

    public func requestFilter(
        _ session: borrowing Session, _ context: inout Context
    ) async throws -> Bool {
        session.isDefault(.requestFilter, of: Self.self)
        return false
    }

    public func requestBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
        _ context: inout Context
    ) async throws {
        session.isDefault(.requestBodyFilter, of: Self.self)
    }

    public func proxyUpstreamFilter(
        _ session: borrowing Session, _ context: inout Context
    ) async throws -> Bool {
        session.isDefault(.proxyUpstreamFilter, of: Self.self)
        return true
    }

    public func failToConnect(
        _ session: borrowing Session, _ peer: HTTPPeer, _ error: ProxyError,
        _ context: inout Context
    ) -> ProxyError { error }

    public func connectedToUpstream(
        _ session: borrowing Session, _ peer: HTTPPeer, isReused: Bool,
        _ context: inout Context
    ) async throws {
        session.isDefault(.connectedToUpstream, of: Self.self)
    }

    public func upstreamRequestFilter(
        _ session: borrowing Session, _ request: inout RequestHead, _ context: inout Context
    ) async throws {
        session.isDefault(.upstreamRequestFilter, of: Self.self)
    }

    public func upstreamResponseFilter(
        _ session: borrowing Session, _ response: inout ResponseHead, _ context: inout Context
    ) async throws {
        session.isDefault(.upstreamResponseFilter, of: Self.self)
    }

    public func upstreamResponseBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
        _ context: inout Context
    ) throws {
        session.isDefault(.upstreamResponseBodyFilter, of: Self.self)
    }

    public func upstreamResponseTrailerFilter(
        _ session: borrowing Session, _ trailers: inout Fields, _ context: inout Context
    ) throws {}

    public func responseFilter(
        _ session: borrowing Session, _ response: inout ResponseHead, _ context: inout Context
    ) async throws {
        session.isDefault(.responseFilter, of: Self.self)
    }

    public func responseBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
        _ context: inout Context
    ) throws -> Duration? {
        session.isDefault(.responseBodyFilter, of: Self.self)
        return nil
    }

    public func responseTrailerFilter(
        _ session: borrowing Session, _ trailers: inout Fields, _ context: inout Context
    ) async throws {}

    public func errorWhileProxy(
        _ session: borrowing Session, _ peer: HTTPPeer, _ error: ProxyError, isReused: Bool,
        _ context: inout Context
    ) -> ProxyError { error }

    public func failToProxy(
        _ session: borrowing Session, _ error: ProxyError, _ context: inout Context
    ) async -> StatusCode? { error.statusCode }

    public func suppressErrorLog(
        _ session: borrowing Session, _ error: ProxyError, _ context: Context
    ) -> Bool { false }

    public func requestSummary(_ session: borrowing Session, _ context: Context) -> String {
        session.summary
    }

    public func logging(
        _ session: borrowing Session, _ error: ProxyError?, _ context: inout Context
    ) async {
        session.isDefault(.logging, of: Self.self)
    }
}
