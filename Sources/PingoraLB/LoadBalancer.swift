public import Synchronization

/// Spreads requests over backends, from any thread.
///
/// ```swift
/// let upstreams = try LoadBalancer<RoundRobin>(["1.1.1.1:443", "1.0.0.1:443"])
/// guard let backend = upstreams.select() else { throw ProxyError.noHealthyUpstream }
/// ```
///
/// Invariants:
/// 1. A snapshot never changes; ``update(_:)`` replaces it whole. A choice under way finishes on
///    the snapshot it began with.
/// 2. The lock is held to copy or replace one reference, never while choosing or building.
public final class LoadBalancer<Algorithm: SelectionAlgorithm>: Sendable {
    @usableFromInline let current: Mutex<BackendSet<Algorithm>>

    /// A load balancer over these backends; with none of them, or all drained, it chooses nobody.
    public init(_ backends: [Backend]) {
        current = Mutex(BackendSet(backends))
    }

    /// A load balancer over backends of equal weight at `1.1.1.1:443`, `[::1]:443` or
    /// `unix:/run/app.sock`. Names are not resolved.
    ///
    /// - Throws: ``LoadBalancerError/invalidAddress(_:)`` for the first text that is no address.
    public convenience init(_ addresses: [String]) throws(LoadBalancerError) {
        var backends: [Backend] = []
        for address in addresses { backends.append(try Backend(parsing: address)) }
        self.init(backends)
    }

    /// The backends in use, in the order in which they were given.
    public var backends: [Backend] { snapshot.backends }

    /// The backend for the next request; nil where there is none, or all are drained.
    ///
    /// `key` ties requests to a backend where the algorithm hashes; others ignore it.
    @inlinable
    public func select(key: UInt64? = nil) -> Backend? {
        snapshot.select(key: key) { _ in true }
    }

    /// The backend for the next request among those accepted; nil where all are drained or refused.
    ///
    /// `accepting` may be asked about a backend more than once and answers the same within one
    /// call. It should be cheap. A retry refuses what it has tried.
    @inlinable
    public func select(key: UInt64? = nil, accepting: (Backend) -> Bool) -> Backend? {
        snapshot.select(key: key, accepting: accepting)
    }

    /// Replaces the backends; the algorithm starts anew. Of concurrent updates, one wins whole.
    public func update(_ backends: [Backend]) {
        var next = BackendSet<Algorithm>(backends)
        // Swapped, so that the old snapshot is released after the lock.
        current.withLock { swap(&$0, &next) }
    }

    @inlinable var snapshot: BackendSet<Algorithm> { current.withLock { $0 } }
}
