/// A way to choose one of several backends.
///
/// An algorithm knows backends as indices only; what an index stands for, and whether it is
/// healthy, is the caller's business. It is built once for each set of backends and then asked
/// from many threads at once, so `select` takes no lock on its common path.
public protocol SelectionAlgorithm: Sendable {
    /// Prepares for backends with these weights, in the caller's order. A weight of 0 or less means
    /// drained: never chosen. `labels` has as many elements as `weights` and names each backend in
    /// a way that survives a change of the set, for algorithms that hash.
    init(weights: [Int], labels: [String])

    /// The index of the chosen backend, or nil where every backend is drained or refused.
    ///
    /// `key` ties requests to a backend where the algorithm hashes; others ignore it. `accepting`
    /// may be asked about an index more than once and answers the same within one call. A retry
    /// refuses what it has tried.
    func select(key: UInt64?, accepting: (Int) -> Bool) -> Int?
}
