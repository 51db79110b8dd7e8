/// Hashing that sends each key where Pingora's FNV hash sends it: for backends that rarely change,
/// as then nearly all keys move.
///
/// Backends stand in one list in which each fills as many places as its weight; a key's hash modulo
/// its length is its place. Where that backend is refused, the hash is hashed again.
///
/// The list is not stored, so that it may have any length; a place is found in it by halving.
/// Weights above 2^40 count as that.
public final class FNVHash: SelectionAlgorithm {
    /// What decides where a key goes whose backend is refused.
    package enum Fallback: Sendable {
        /// Weights, as for the first choice.
        case weighted
        /// Nothing: each backend is as likely, bit for bit as in Pingora.
        case uniform
    }

    /// How often to hash again before all backends are looked at.
    private static let stepLimit = 64

    private let fallback: Fallback
    /// The indices with a weight, ascending.
    private let candidates: [Int]
    /// For each of them, the end of its places in the list.
    private let ends: [UInt64]
    private let tickets: RandomTickets
    private let draw: WeightedDraw

    /// Prepares for these backends, in as many steps as there are.
    public convenience init(_ candidates: [Candidate]) {
        self.init(candidates, fallback: .weighted, seed: RandomTickets.anySeed())
    }

    /// Chooses the same for requests without a key for the same seed.
    package init(_ candidates: [Candidate], fallback: Fallback, seed: UInt64) {
        self.fallback = fallback
        self.candidates = candidates.indices.filter { candidates[$0].weight > 0 }
        var end: UInt64 = 0
        ends = self.candidates.map { index in
            end += UInt64(min(candidates[index].weight, 1 << 40))
            return end
        }
        tickets = RandomTickets(seed: seed)
        draw = WeightedDraw(weights: candidates.map(\.weight))
    }

    /// The index that the key belongs to; where it is refused, one that follows from the key alone.
    /// Any index by weight without a key.
    public func select(_ request: SelectionRequest, accepting: (Int) -> Bool) -> Int? {
        guard let key = request.key else {
            var random = tickets.draw()
            return draw.index(&random, accepting: accepting)
        }
        guard let length = ends.last else { return nil }
        var hash = key
        let first = index(at: hash % length)
        if accepting(first) { return first }
        for _ in 1..<FNVHash.stepLimit {
            hash = FNV1a.hash(littleEndian: hash)
            let index =
                switch fallback {
                case .weighted: index(at: hash % length)
                case .uniform: candidates[Int(hash % UInt64(candidates.count))]
                }
            if accepting(index) { return index }
        }
        var random = SplitMix(hash)
        return draw.index(&random, accepting: accepting)
    }

    /// The index of the backend that fills a place in the list.
    private func index(at place: UInt64) -> Int {
        var (low, high) = (0, ends.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= place { low = middle + 1 } else { high = middle }
        }
        return candidates[low]
    }
}
