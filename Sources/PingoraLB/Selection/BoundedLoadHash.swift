/// Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam 2018): a key goes
/// where ``Ketama`` sends it, unless the backend is too busy; then to the next on the ring that is
/// not.
///
/// Too busy is a backend that would have more than `factor` times its share, by weight, of all
/// requests in flight. A key that everybody asks for thus gets as many backends as it needs, and
/// no backend more than it can take. Where backends are refused, the shares are those of the
/// accepted.
///
/// Costs as much as Ketama while the key's backend is idle, and otherwise about 3 ns for each
/// backend. Threads that choose at the same moment may exceed the bound by one request each.
public final class BoundedLoadHash: SelectionAlgorithm {
    private let ring: KetamaRing
    private let tickets: RandomTickets
    private let draw: WeightedDraw
    private let factor: Double
    private let loads: [BackendLoad]
    /// 0 for the drained, and at most 2^32. Whole numbers are summed faster.
    private let weights: [Int]

    /// Prepares for these backends, with the factor 1.25.
    public convenience init(_ candidates: [Candidate]) {
        self.init(candidates, factor: 1.25)
    }

    /// Prepares for these backends. A factor near 1 keeps loads even and moves more keys; below 1
    /// it counts as 1.
    public convenience init(_ candidates: [Candidate], factor: Double) {
        self.init(candidates, factor: factor, seed: RandomTickets.anySeed())
    }

    /// Chooses the same for requests without a key for the same seed.
    package init(_ candidates: [Candidate], factor: Double, seed: UInt64) {
        ring = KetamaRing(candidates)
        tickets = RandomTickets(seed: seed)
        draw = WeightedDraw(weights: candidates.map(\.weight))
        self.factor = max(1, factor)
        loads = candidates.map(\.load)
        weights = candidates.map { min(max(0, $0.weight), 1 << 32) }
    }

    /// The first index on the ring that is accepted and not too busy. Any accepted one by weight
    /// without a key.
    public func select(_ request: SelectionRequest, accepting: (Int) -> Bool) -> Int? {
        guard let key = request.key else {
            var random = tickets.draw()
            return draw.index(&random, accepting: accepting)
        }
        let hash = UInt32(truncatingIfNeeded: key)
        guard let own = ring.index(of: hash, accepting: accepting) else { return nil }
        // One request is never too much.
        if loads[own].inFlight <= 0 { return own }
        let bound = bound(accepting)
        return ring.index(of: hash) { index in
            Double(loads[index].inFlight) < (bound * Double(weights[index])).rounded(.up)
                && accepting(index)
        } ?? own
    }

    /// CRC-32, as ``Ketama``.
    public func hash(_ key: Span<UInt8>) -> UInt64 {
        var checksum = CRC32()
        checksum.update(key)
        return UInt64(checksum.value)
    }

    /// The requests in flight that are allowed for one unit of weight, with one about to begin.
    private func bound(_ accepting: (Int) -> Bool) -> Double {
        var (requests, weight) = (1, 0)
        for index in loads.indices where weights[index] > 0 && accepting(index) {
            requests += max(0, loads[index].inFlight)
            weight += weights[index]
        }
        return factor * Double(requests) / Double(weight)
    }
}
