/// Consistent hashing by one look into a table (Maglev, Eisenbud and others 2016): shares are more
/// even than on the ring of ``Ketama``, and a choice is one read of memory.
///
/// Each backend has its own order of the places in the table, and visits them one after the other,
/// the heavier the faster; a place belongs to whoever comes first. Where a place is taken, Maglev
/// lets the backend try the next one at once; here it has lost this turn. Shares are then less
/// even, by a few per cent of a share with 100 backends in 65 537 places, but no key moves without
/// need: where one of N backends goes, its keys do and no other, while with turns made up for, of
/// 100 backends another half of a share moves with it. The order of backends has no influence.
///
/// The keys of a refused backend are looked up again at places that follow from the key alone, so
/// that they spread over the others by weight. Limits: a backend whose share is less than one place
/// of the table may get none, and then only what others refuse.
public final class Maglev: SelectionAlgorithm {
    /// A prime, as the paper has it; and a larger one for more backends than it has places for.
    private static let tableSizes = (usual: 65_537, large: 655_373)
    /// Places for each backend below which the large table is used.
    private static let placesPerBackend = 100
    /// How often to look up before all backends are looked at. With nine tenths of them refused,
    /// one choice in a thousand gets that far.
    private static let lookupLimit = 64

    /// The index of each place's owner; empty where there is none.
    private let table: [UInt32]
    private let tickets: RandomTickets
    private let draw: WeightedDraw

    /// Prepares for these backends, with 65 537 places; with 655 373, more than 655 backends.
    ///
    /// Costs about 15 steps for each place.
    public convenience init(_ candidates: [Candidate]) {
        let isLarge = candidates.count > Maglev.tableSizes.usual / Maglev.placesPerBackend
        let size = isLarge ? Maglev.tableSizes.large : Maglev.tableSizes.usual
        self.init(candidates, tableSize: size, seed: RandomTickets.anySeed())
    }

    /// `tableSize` is a prime. Chooses the same for requests without a key for the same seed.
    package init(_ candidates: [Candidate], tableSize: Int, seed: UInt64) {
        table = MaglevTable.owners(candidates, size: tableSize)
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
        guard !table.isEmpty else { return nil }
        // Not the next place: who owns it is far from independent of who owns this one.
        var random = SplitMix(key)
        for _ in 0..<Maglev.lookupLimit {
            let index = Int(table[random.next().scaled(below: table.count)])
            if accepting(index) { return index }
        }
        return draw.index(&random, accepting: accepting)
    }
}
