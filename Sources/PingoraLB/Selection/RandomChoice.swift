/// Chooses at random, in proportion to the weights: for many proxies that do not know of each
/// other, where turns would coincide.
public final class RandomChoice: SelectionAlgorithm {
    private let tickets: RandomTickets
    private let draw: WeightedDraw

    /// Prepares for these backends, in as many steps as there are.
    public convenience init(_ candidates: [Candidate]) {
        self.init(candidates, seed: RandomTickets.anySeed())
    }

    /// Chooses the same for the same seed.
    package init(_ candidates: [Candidate], seed: UInt64) {
        tickets = RandomTickets(seed: seed)
        draw = WeightedDraw(weights: candidates.map(\.weight))
    }

    /// An accepted index, with the probability that its weight has among those of the accepted.
    public func select(_ request: SelectionRequest, accepting: (Int) -> Bool) -> Int? {
        var random = tickets.draw()
        return draw.index(&random, accepting: accepting)
    }
}
