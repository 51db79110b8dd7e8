/// Chooses the backend with the fewest requests in flight for its weight, counting the one that is
/// about to begin: the lowest of (in flight + 1) / weight. Of equals one is drawn at random by
/// weight.
///
/// For requests that take very different times, such as tunnels. With few requests in flight the
/// heaviest backends get them all; weights are exact where all are busy. Costs about 2 ns for each
/// backend. Threads that choose at the same moment may choose the same backend.
public final class LeastConnections: SelectionAlgorithm {
    private struct Entry {
        let index: Int
        let load: BackendLoad
        let weight: Double
        let inverse: Double

        /// The lower the better.
        var score: Double { Double(max(0, load.inFlight) + 1) * inverse }
    }

    private let tickets: RandomTickets
    private let entries: [Entry]

    /// Prepares for these backends, in as many steps as there are.
    public convenience init(_ candidates: [Candidate]) {
        self.init(candidates, seed: RandomTickets.anySeed())
    }

    /// Draws the same of equals for the same seed.
    package init(_ candidates: [Candidate], seed: UInt64) {
        tickets = RandomTickets(seed: seed)
        entries = candidates.enumerated().filter { $0.element.weight > 0 }.map { index, candidate in
            let weight = Double(candidate.weight)
            return Entry(index: index, load: candidate.load, weight: weight, inverse: 1 / weight)
        }
    }

    /// The least busy index that is accepted; nil where every backend is drained or refused.
    public func select(_ request: SelectionRequest, accepting: (Int) -> Bool) -> Int? {
        var random = tickets.draw()
        // Most requests accept every backend: then asking about one of them is enough.
        if let index = leastBusy(&random), accepting(index) { return index }
        return leastBusy(&random, accepting)
    }

    /// Looks at all, then finds the drawn one of the equals in a second look.
    private func leastBusy(_ random: inout SplitMix) -> Int? {
        var best = Double.infinity
        var weight = 0.0
        for place in entries.indices {
            let score = entries[place].score
            if score > best { continue }
            weight = (score == best ? weight : 0) + entries[place].weight
            best = score
        }
        var rest = random.nextFraction() * weight
        var last: Int?
        for place in entries.indices where entries[place].score <= best {
            last = entries[place].index
            rest -= entries[place].weight
            if rest < 0 { break }
        }
        // Another thread may have taken the only one meanwhile: then the caller looks once more.
        return last
    }

    /// The same among the accepted, asking only about those that are no worse than the best so far.
    private func leastBusy(_ random: inout SplitMix, _ accepting: (Int) -> Bool) -> Int? {
        var best = Double.infinity
        var weight = 0.0
        var chosen: Int?
        for place in entries.indices {
            let score = entries[place].score
            guard score <= best, accepting(entries[place].index) else { continue }
            let own = entries[place].weight
            weight = (score == best ? weight : 0) + own
            best = score
            if random.nextFraction() * weight < own { chosen = entries[place].index }
        }
        return chosen
    }
}
