/// Draws two backends at random and takes the one that is likely to answer first: the one with the
/// smaller product of expected latency and requests in flight for its weight. After Finagle's
/// balancer of that name; ``BackendLoad`` says how latencies are remembered.
///
/// It avoids a backend that is slow, also where few requests are in flight. For equal latencies it
/// chooses as ``PowerOfTwoChoices`` does, and the second of the two has to be so much better that
/// weights keep their meaning: a backend that is idle loses its turn to one of the same weight that
/// is idle and at least twice as fast.
///
/// A backend whose latency is unknown gets the first request that draws it, and no other before
/// that one is answered, unless the other drawn one is no better: it is tried soon, not flooded.
public final class PeakEWMA: SelectionAlgorithm {
    /// The latency of a backend that is busy with its first request: 11 days, more than any known
    /// one, and finite, so that of two such backends the one with fewer in flight is taken.
    private static let penalty: Double = 1e15

    private let tickets: RandomTickets
    private let draw: WeightedDraw
    private let loads: [WeightedLoad]

    /// Prepares for these backends, in as many steps as there are.
    public convenience init(_ candidates: [Candidate]) {
        self.init(candidates, seed: RandomTickets.anySeed())
    }

    /// Draws the same for the same seed.
    package init(_ candidates: [Candidate], seed: UInt64) {
        tickets = RandomTickets(seed: seed)
        draw = WeightedDraw(weights: candidates.map(\.weight))
        loads = WeightedLoad.all(of: candidates)
    }

    /// The index likely to answer first of two accepted; the only one, where one is accepted.
    public func select(_ request: SelectionRequest, accepting: (Int) -> Bool) -> Int? {
        var random = tickets.draw()
        guard let first = draw.index(&random, accepting: accepting) else { return nil }
        guard draw.count > 1, let firstLatency = latency(first, request.now),
            let second = draw.index(&random, accepting: { $0 != first && accepting($0) })
        else { return first }
        guard let secondLatency = latency(second, request.now) else { return second }
        let firstCost = firstLatency * (1 + loads[first].queue)
        let secondCost = secondLatency * (1 + loads[second].queueWithOneMore)
        return secondCost <= firstCost ? second : first
    }

    /// The latency to expect in nanoseconds; nil where none is known and somebody has to find out.
    private func latency(_ index: Int, _ now: UInt64) -> Double? {
        let load = loads[index].load
        if let known = load.latency(now: now) { return Double(known) }
        return load.inFlight > 0 ? PeakEWMA.penalty : nil
    }
}
