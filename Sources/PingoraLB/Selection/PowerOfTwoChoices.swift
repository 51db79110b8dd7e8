/// Draws two backends at random and takes the one with fewer requests in flight for its weight.
///
/// Nearly as even as looking at all of them, at the cost of looking at two; and proxies that do
/// not know of each other do not all run to the one that is idle (Mitzenmacher 2001).
///
/// Weights count in the draw. So that they do not count twice, the second gets the request only
/// where even with it, it has no more in flight for its weight than the first has without: of equal
/// weights, where it has fewer. Idle backends thus get their shares exactly.
public final class PowerOfTwoChoices: SelectionAlgorithm {
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

    /// The less busy of two accepted indices; the only one, where one is accepted.
    public func select(_ request: SelectionRequest, accepting: (Int) -> Bool) -> Int? {
        var random = tickets.draw()
        guard let first = draw.index(&random, accepting: accepting) else { return nil }
        // Nobody has fewer than none in flight.
        let queue = loads[first].queue
        guard queue > 0, draw.count > 1,
            let second = draw.index(&random, accepting: { $0 != first && accepting($0) })
        else { return first }
        return loads[second].queueWithOneMore <= queue ? second : first
    }
}
