import PingoraCore
import Synchronization

/// What requests and checks say about backends.
extension BackendPool {
    func end(_ member: BackendMember, _ outcome: BackendOutcome, at now: MonotonicTime) {
        let state = member.state
        switch outcome {
        case .answered(let latency):
            state.load.note(
                latency: UInt64(latency.nanoseconds), now: UInt64(clamping: now.nanoseconds))
            if let ejection = policy.ejection {
                noteAnswer(state, ejection, at: now)
            }
        case .failed:
            if let ejection = policy.ejection {
                noteFailure(member, ejection, at: now)
            }
        case .abandoned: break
        }
        state.load.end()
        // Whoever begins to wait is counted first and looks for room then; here it is the other way
        // round, so that one of the two sees the other.
        if pending.isAnybodyThere { servePending(at: now) }
    }

    private func noteAnswer(
        _ state: BackendState, _ policy: EjectionPolicy, at now: MonotonicTime
    ) {
        // Unless there is a share to count, only what follows a failure is news.
        guard policy.failurePercent > 0 || !state.traits.isDisjoint(with: [.blemished, .onTrial])
        else { return }
        state.record.withLock { record in
            _ = record.ejection.note(failed: false, at: now, policy)
            if record.ejection.isTrialOver(at: now) { state.readmit() }
            if record.ejection.isSpotless { state.remove(.blemished) }
        }
    }

    private func noteFailure(
        _ member: BackendMember, _ policy: EjectionPolicy, at now: MonotonicTime
    ) {
        let state = member.state
        state.insert(.blemished)
        let isTooMuch = state.record.withLock {
            $0.ejection.note(failed: true, at: now, policy)
        }
        guard isTooMuch else { return }
        ejections.withLock { _ in
            guard mayEject(one: member, policy, at: now) else {
                return log.limited.warning(
                    "backend_kept", ("upstream", name), ("backend", member.backend.label),
                    ("reason", "too many are ejected"))
            }
            let end = state.record.withLock { $0.ejection.eject(at: now, policy) }
            state.eject(until: end)
            log.warning(
                "backend_ejected", ("upstream", name), ("backend", member.backend.label),
                ("seconds", end.nanoseconds(since: now) / 1_000_000_000))
        }
    }

    /// Whether another backend may be ejected beside those that are. With the lock of
    /// ``ejections``, so that of two that fail at the same moment one sees the other.
    private func mayEject(
        one member: BackendMember, _ policy: EjectionPolicy, at now: MonotonicTime
    ) -> Bool {
        let members = snapshot.members.filter { $0.backend.weight > 0 }
        let ejected = members.count { $0.state !== member.state && $0.state.isEjected(at: now) }
        let most = max(1, members.count * policy.maximumEjectedPercent / 100)
        return members.count > 1 && ejected < most && !member.state.isEjected(at: now)
    }
}

extension BackendPool {
    /// Takes in the result of a check.
    ///
    /// - Returns: whether the backend counts as fit now.
    func noteCheck(
        _ backend: Backend, _ failure: HealthCheckFailure?, _ options: HealthCheckOptions,
        at now: MonotonicTime
    ) -> Bool {
        guard let state = state(of: backend) else { return failure == nil }
        let (before, change) = state.record.withLock { record in
            let before = record.health.status
            let change = record.health.note(
                passed: failure == nil, rise: options.rise, fall: options.fall)
            if change == .healthy { record.ejection.end() }
            return (before, change)
        }
        switch change {
        case .healthy:
            if before == .unhealthy { state.beginRamp(at: now) }
            state.readmit()
            state.remove([.unknown, .unhealthy])
            report("backend_up", backend, nil)
            servePending(at: now)
        case .unhealthy:
            state.insert(.unhealthy)
            state.remove(.unknown)
            report("backend_down", backend, failure)
        case .unknown, nil: break
        }
        return !state.traits.contains(.unhealthy)
    }

    private func report(_ event: String, _ backend: Backend, _ failure: HealthCheckFailure?) {
        let (name, label) = (("upstream", name), ("backend", backend.label))
        if let failure {
            log.warning(event, name, label, ("error", failure))
        } else {
            log.info(event, name, label)
        }
    }
}

extension BackendState {
    /// Nothing checks it any more.
    func forgetChecks() {
        remove([.unknown, .unhealthy])
        record.withLock { $0.health = HealthState() }
    }

    /// Nothing ejects it any more.
    func forgetEjections() {
        let isOut = !traits.isDisjoint(with: [.ejected, .onTrial])
        // What came back from a check goes on to come back slowly.
        remove(isOut ? [.ejected, .onTrial, .blemished, .ramping] : .blemished)
        record.withLock { $0.ejection = Ejection() }
    }
}
