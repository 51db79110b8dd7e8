package import PingoraCore

/// Who takes a request.
package enum BackendChoice: Sendable {
    case use(BackendUse)
    /// All that are fit serve as many requests as they may.
    case full
    /// Nobody is fit.
    case nobody
}

extension BackendPool {
    /// Chooses a backend that is fit and has room, and counts the request in.
    ///
    /// - Parameter tried: those that have failed this request already.
    package func choose(
        _ request: SelectionRequest, besides tried: [BackendUse] = [], at now: MonotonicTime
    ) -> BackendChoice {
        // Whoever came first is served first.
        if !pending.isEmpty(at: self) { return .full }
        return chooseAhead(request, besides: tried, at: now)
    }

    /// A backend that is fit, and accepted; nobody counts the request.
    package func select(
        _ request: SelectionRequest, at now: MonotonicTime, accepting: (Backend) -> Bool
    ) -> Backend? {
        let snapshot = snapshot
        for tier in 0..<snapshot.tierCount {
            let member = snapshot.select(request, tier: tier, draw: nextTicket) {
                $0.state.isReady(at: now, $1, policy) && accepting($0.backend)
            }
            if let member { return member.backend }
        }
        return nil
    }

    /// As ``choose(_:besides:at:)``, for a request whose turn it is.
    func chooseAhead(
        _ request: SelectionRequest, besides tried: [BackendUse], at now: MonotonicTime
    ) -> BackendChoice {
        let snapshot = snapshot
        while true {
            var isFull = false
            guard let member = select(snapshot, request, besides: tried, at: now, &isFull) else {
                return isFull ? .full : .nobody
            }
            // Another thread may have taken the last place since it was looked at.
            if member.begin(at: now) { return .use(BackendUse(member: member, pool: self)) }
        }
    }

    private func select(
        _ snapshot: BackendTiers, _ request: SelectionRequest, besides tried: [BackendUse],
        at now: MonotonicTime, _ isFull: inout Bool
    ) -> BackendMember? {
        if policy.panicPercent > 0, panic.isOn(snapshot, policy, at: now) {
            return snapshot.selectInPanic(request) { member in
                isAvailable(member, besides: tried, &isFull)
            }
        }
        for tier in 0..<snapshot.tierCount {
            let member = snapshot.select(request, tier: tier, draw: nextTicket) {
                $0.state.isReady(at: now, $1, policy)
                    && isAvailable($0, besides: tried, &isFull)
            }
            // A full backend is worth waiting for; a backup is for when the others are down.
            if member != nil || isFull { return member }
        }
        return nil
    }

    private func isAvailable(
        _ member: BackendMember, besides tried: [BackendUse], _ isFull: inout Bool
    ) -> Bool {
        guard tried.isEmpty || !tried.contains(where: { $0.member.state === member.state }) else {
            return false
        }
        guard member.hasRoom else {
            isFull = true
            return false
        }
        return true
    }
}
