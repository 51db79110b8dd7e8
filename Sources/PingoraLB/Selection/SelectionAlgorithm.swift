/// A way to choose one of several backends.
///
/// An algorithm knows backends as indices only; what an index stands for, and whether it is
/// healthy, is the caller's business. It is built once for each set of backends and then asked
/// from many threads at once, so `select` takes no lock on its common path, and allocates nothing.
public protocol SelectionAlgorithm: Sendable {
    /// Prepares for these backends, in the caller's order.
    init(_ candidates: [Candidate])

    /// The index of the chosen backend, or nil where every backend is drained or refused.
    ///
    /// `accepting` may be asked about an index more than once and answers the same within one
    /// call. A retry refuses what it has tried.
    func select(_ request: SelectionRequest, accepting: (Int) -> Bool) -> Int?

    /// What the algorithm makes of a key's bytes: the ``SelectionRequest/key`` of requests that
    /// belong together. FNV-1a unless the algorithm has its own.
    func hash(_ key: Span<UInt8>) -> UInt64
}

extension SelectionAlgorithm {
    public func hash(_ key: Span<UInt8>) -> UInt64 { FNV1a.hash(key) }

    /// The order in which backends are tried for one request: each at most once, the drained never.
    ///
    /// It is what a caller gets that refuses what it has tried.
    public func order(_ request: SelectionRequest = SelectionRequest()) -> [Int] {
        var order: [Int] = []
        while let next = select(request, accepting: { !order.contains($0) }) { order.append(next) }
        return order
    }
}

/// What an algorithm knows about a backend.
public struct Candidate: Sendable {
    /// Its share of requests relative to the others; 0 or less means drained: never chosen.
    public let weight: Int
    /// Names it in a way that survives a change of the set, for algorithms that hash.
    public let label: String
    /// What it is busy with, for algorithms that look at it.
    public let load: BackendLoad

    /// A backend that an algorithm may choose.
    public init(weight: Int = 1, label: String = "", load: BackendLoad = BackendLoad()) {
        self.weight = weight
        self.label = label
        self.load = load
    }
}

/// What an algorithm knows about a request.
public struct SelectionRequest: Sendable {
    /// Ties requests to a backend where the algorithm hashes; others ignore it. Without one, an
    /// algorithm that hashes spreads requests by weight.
    public var key: UInt64?
    /// The time in nanoseconds on the monotonic clock, for algorithms that look at latencies.
    public var now: UInt64

    /// A request with a key's hash, at a time.
    @inlinable
    public init(key: UInt64? = nil, now: UInt64 = 0) {
        self.key = key
        self.now = now
    }
}
