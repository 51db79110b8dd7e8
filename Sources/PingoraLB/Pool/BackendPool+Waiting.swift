package import PingoraCore

extension BackendPool {
    /// Lines up a request for which all backends are full.
    ///
    /// - Parameter wake: called from any thread, once, when it has got a place.
    /// - Returns: nil where too many wait already.
    package func wait(
        for request: SelectionRequest, besides tried: [BackendUse], at now: MonotonicTime,
        wake: @escaping @Sendable () -> Void
    ) -> PendingRequest? {
        let limit = policy.pendingPerBackend * snapshot.weightedCount
        let waiting = PendingRequest(request, at: self, besides: tried, wake: wake)
        guard pending.join(waiting, limit: limit) else { return nil }
        servePending(at: now)
        return waiting
    }

    /// Gives up waiting. A place that came at the last moment is taken, or given back.
    package func leave(_ waiting: PendingRequest) -> BackendUse? { pending.leave(waiting) }

    /// Somebody left, came back or was added: whoever waits may have a place now.
    func servePending(at now: MonotonicTime) {
        guard pending.isAnybodyThere else { return }
        pending.serve { waiting in
            switch waiting.pool.chooseAhead(waiting.request, besides: waiting.tried, at: now) {
            case .use(let use): use
            case .full, .nobody: nil
            }
        }
    }
}
