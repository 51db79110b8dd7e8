package import PingoraCore

/// Spreads requests over backends, from any thread.
///
/// ```swift
/// let upstreams = try LoadBalancer<RoundRobin>(
///     ["1.1.1.1:443", "1.0.0.1:443"], healthCheck: TCPHealthCheck())
/// guard let backend = upstreams.select() else { throw ProxyError.noHealthyUpstream }
/// ```
///
/// Its health check and its discovery run by themselves, in the background, for as long as it is
/// held. It needs no proxy: whatever sends requests can ask it.
///
/// Where the algorithm looks at what backends are busy with, or backends are ejected by how they
/// answer or serve only so many requests at a time, use ``begin(key:besides:)`` and tell it how the
/// request ended.
public final class LoadBalancer<Algorithm: SelectionAlgorithm>: Sendable {
    package let pool: BackendPool
    private let upkeep: PoolUpkeep

    /// A load balancer over these backends; with none of them, or all drained, it chooses nobody.
    ///
    /// - Parameters:
    ///   - healthCheck: how backends are checked; nil: they are all taken to be fit.
    ///   - discovery: where backends come from later on; nil: they stay, but for ``update(_:)``.
    public init(
        _ backends: [Backend], policy: BalancingPolicy = BalancingPolicy(),
        healthCheck: (any HealthCheck)? = nil,
        healthCheckOptions: HealthCheckOptions = HealthCheckOptions(),
        discovery: (any ServiceDiscovery)? = nil
    ) {
        pool = BackendPool(backends, policy: policy, expectsChecks: healthCheck != nil) {
            Algorithm($0)
        }
        upkeep = PoolUpkeep(
            pool, check: healthCheck, options: healthCheckOptions, discovery: discovery)
        guard healthCheck != nil || discovery != nil, let loop = BackgroundLoop.shared else {
            return
        }
        upkeep.start(on: loop)
    }

    /// A load balancer over backends of equal weight at `1.1.1.1:443`, `[::1]:443` or
    /// `unix:/run/app.sock`. Names are not resolved.
    ///
    /// - Throws: ``LoadBalancerError/invalidAddress(_:)`` for the first text that is no address.
    public convenience init(
        _ addresses: [String], policy: BalancingPolicy = BalancingPolicy(),
        healthCheck: (any HealthCheck)? = nil,
        healthCheckOptions: HealthCheckOptions = HealthCheckOptions()
    ) throws(LoadBalancerError) {
        var backends: [Backend] = []
        for address in addresses { backends.append(try Backend(parsing: address)) }
        self.init(
            backends, policy: policy, healthCheck: healthCheck,
            healthCheckOptions: healthCheckOptions)
    }

    /// The backends in use, in the order in which they were given.
    public var backends: [Backend] { pool.backends }

    /// What ties requests to a backend, for algorithms that hash: the same for equal texts.
    public func key(of text: String) -> UInt64 {
        let bytes = Array(text.utf8)
        return pool.hash(bytes.span)
    }

    /// The backend for the next request; nil where there is none, or none is fit.
    ///
    /// `key` ties requests to a backend where the algorithm hashes; others ignore it. What becomes
    /// of the request is not noted.
    public func select(key: UInt64? = nil) -> Backend? {
        select(key: key) { _ in true }
    }

    /// The backend for the next request among those accepted; nil where none of them is fit.
    ///
    /// `accepting` may be asked about a backend more than once and answers the same within one
    /// call. It should be cheap. A retry refuses what it has tried.
    public func select(key: UInt64? = nil, accepting: (Backend) -> Bool) -> Backend? {
        let now = MonotonicTime.now
        return pool.select(SelectionRequest(key: key, at: now), at: now, accepting: accepting)
    }

    /// The backend for the next request, which is counted until its end is told; nil where none of
    /// those that are not in `tried` is fit and has room.
    public func begin(key: UInt64? = nil, besides tried: [BackendUse] = []) -> BackendUse? {
        let now = MonotonicTime.now
        let request = SelectionRequest(key: key, at: now)
        guard case .use(let use) = pool.choose(request, besides: tried, at: now) else { return nil }
        return use
    }

    /// Replaces the backends; the algorithm starts anew, and what is known of those that stay is
    /// kept. Of concurrent updates, one wins whole.
    public func update(_ backends: [Backend]) { upkeep.discovered(backends) }
}

extension SelectionRequest {
    /// A request with a key's hash, now.
    package init(key: UInt64? = nil, at now: MonotonicTime) {
        self.init(key: key, now: UInt64(clamping: now.nanoseconds))
    }
}
