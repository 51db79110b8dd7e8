import PingoraCore
import Synchronization

/// The backends of a load balancer with all that is known of them, from any thread.
///
/// Invariants:
/// 1. A snapshot never changes; an update replaces it whole. A choice under way finishes on the
///    snapshot that it began with.
/// 2. The lock of the snapshot is held to copy or replace one reference, never while choosing or
///    building.
/// 3. What is known of a backend goes with its address, from set to set.
package final class BackendPool: Sendable {
    /// The sets; changed by one update at a time.
    private struct Sets {
        var states: [SocketAddress: BackendState] = [:]
        /// The set before this one, kept so that no request has to give back the memory of one:
        /// with ten thousand backends that takes a millisecond.
        var previous: BackendTiers?
    }

    /// Who it is, in the log.
    let name: String
    package let policy: BalancingPolicy
    private let algorithm: BackendTiers.Algorithm
    private let tag: Tagging

    /// What clients say that come back to a backend; nil: nothing.
    package typealias Tagging = @Sendable (Backend) -> BackendTag?
    /// Whether a backend that was never checked is in doubt.
    private let expectsChecks: Bool
    private let current: Mutex<BackendTiers>
    private let sets: Mutex<Sets>
    /// Distinguishes choices where chance has a part in them.
    private let tickets = Atomic<UInt64>(0)
    /// Held while it is decided whether one more is ejected.
    let ejections = Mutex<Void>(())
    let pending: PendingQueue
    let panic = PanicWatch()

    /// A pool of these backends.
    ///
    /// - Parameters:
    ///   - predecessor: a pool that it replaces once ``takeOver()`` is called: what that one knows
    ///     of a backend is kept.
    package init(
        _ backends: [Backend], name: String = "backends",
        policy: BalancingPolicy = BalancingPolicy(), expectsChecks: Bool = false,
        replacing predecessor: BackendPool? = nil, tag: @escaping Tagging = { _ in nil },
        algorithm: @escaping @Sendable ([Candidate]) -> any SelectionAlgorithm
    ) {
        self.name = name
        self.policy = policy
        self.algorithm = algorithm
        self.expectsChecks = expectsChecks
        self.tag = tag
        var sets = Sets()
        let known = predecessor?.sets.withLock { $0.states } ?? [:]
        let tiers = BackendPool.tiers(
            backends, &sets.states, known: known, expectsChecks, tag, algorithm)
        pending = predecessor?.pending ?? PendingQueue()
        current = Mutex(tiers)
        self.sets = Mutex(sets)
    }

    /// Begins to serve in its predecessor's place, which until then goes on as it was: forgets what
    /// nobody would find out any more.
    package func takeOver() {
        for state in sets.withLock({ Array($0.states.values) }) {
            if !expectsChecks { state.forgetChecks() }
            if policy.ejection == nil { state.forgetEjections() }
        }
        servePending(at: .now)
    }

    /// The backends in use, in the order in which they were given.
    package var backends: [Backend] { snapshot.members.map(\.backend) }

    var snapshot: BackendTiers { current.withLock { $0 } }

    /// What the algorithm makes of a key's bytes.
    package func hash(_ key: Span<UInt8>) -> UInt64 { snapshot.hash(key) }

    /// Replaces the backends. What is known of those that stay is kept, and requests of those that
    /// go are finished. Of concurrent updates, one wins whole.
    package func update(_ backends: [Backend]) {
        sets.withLock { sets in
            var states: [SocketAddress: BackendState] = [:]
            let tiers = BackendPool.tiers(
                backends, &states, known: sets.states, expectsChecks, tag, algorithm)
            sets.states = states
            sets.previous = current.withLock { current in
                defer { current = tiers }
                return current
            }
        }
        servePending(at: .now)
    }

    private static func tiers(
        _ backends: [Backend], _ states: inout [SocketAddress: BackendState],
        known: [SocketAddress: BackendState], _ expectsChecks: Bool, _ tag: Tagging,
        _ algorithm: BackendTiers.Algorithm
    ) -> BackendTiers {
        states.reserveCapacity(backends.count)
        var members: [BackendMember] = []
        members.reserveCapacity(backends.count)
        for backend in backends {
            let state =
                states[backend.address] ?? known[backend.address]
                ?? {
                    let state = BackendState()
                    if expectsChecks { state.insert(.unknown) }
                    return state
                }()
            states[backend.address] = state
            members.append(BackendMember(backend, state, tag(backend)))
        }
        return BackendTiers(members, algorithm)
    }

    /// What is known of a backend; nil where it is not in use any more.
    func state(of backend: Backend) -> BackendState? {
        sets.withLock { $0.states[backend.address] }
    }

    func nextTicket() -> UInt64 { tickets.wrappingAdd(1, ordering: .relaxed).oldValue }
}
