import PingoraCore
import PingoraHTTP
import PingoraLB
import PingoraProxy

extension UpstreamGroup {
    /// What the algorithm gets to know of a request.
    func selectionRequest(of session: borrowing Session) -> SelectionRequest {
        let key =
            configuration.algorithm.hashes
            ? RequestKey.hash(session, by: configuration.hashKey, in: pool) : nil
        return SelectionRequest(key: key, at: session.now)
    }

    /// The server that the client comes back to, or the algorithm's choice.
    func choose(
        _ request: SelectionRequest, for session: borrowing Session, besides tried: [BackendUse]
    ) -> BackendChoice {
        if let tag = sticky?.tag(in: session.request.fields),
            let use = pool.choose(tag, besides: tried, at: session.now)
        {
            return .use(use)
        }
        return pool.choose(request, besides: tried, at: session.now)
    }

    /// Has the client come back to its server, unless it has been told so already.
    func stick(
        _ session: borrowing Session, to use: BackendUse?, _ response: inout ResponseHead
    ) {
        guard let sticky, let use, let tag = pool.tag(of: use),
            sticky.tag(in: session.request.fields) != tag
        else { return }
        response.fields.append(.setCookie, sticky.text(for: tag))
    }

    /// Waits until a server has room, in the order of arrival.
    ///
    /// - Throws: `ProxyError`, 503, where too many wait already or it takes too long; or the client
    ///   has left.
    func waitForServer(
        _ request: SelectionRequest, besides tried: [BackendUse], _ session: borrowing Session
    ) async throws(ProxyError) -> BackendUse {
        let wake = session.waker
        let waiting = pool.wait(for: request, besides: tried, at: session.now) { wake.wake() }
        guard let waiting else { throw UpstreamGroup.overloaded }
        let deadline = session.now.advanced(by: configuration.pendingTimeout)
        while true {
            if let use = waiting.use { return use }
            let isInTime = await session.wait(until: deadline)
            if session.isClientGone {
                pool.leave(waiting)?.end(.abandoned, at: session.now)
                throw ProxyError(.downstream, .selectingPeer, .closedEarly)
            }
            if isInTime { continue }
            if let use = pool.leave(waiting) { return use }
            throw UpstreamGroup.overloaded
        }
    }

    /// In a second there may be room: requests are short, or it would be no use to wait.
    private static let overloaded = ProxyError(
        .upstream, .selectingPeer, .overloaded(retryAfter: 1))
}
