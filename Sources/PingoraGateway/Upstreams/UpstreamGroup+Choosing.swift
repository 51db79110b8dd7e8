import PingoraCore
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

    func choose(
        _ request: SelectionRequest, besides tried: [BackendUse], at now: MonotonicTime
    ) -> BackendChoice {
        pool.choose(request, besides: tried, at: now)
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
