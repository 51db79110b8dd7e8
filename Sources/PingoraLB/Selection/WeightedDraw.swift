/// Draws one of several at random in proportion to their weights, in constant time: Vose's alias
/// method. Those of weight 0 or less are never drawn.
///
/// Each column stands for one candidate and holds its share up to a threshold; above it, it holds
/// what another one has too much for its own column. Limits: thresholds have 32 bits, so that a
/// share is exact to one in four billion of a column.
struct WeightedDraw: Sendable {
    private struct Column {
        let index: Int32
        var other: Int32
        var threshold: UInt32
        let weight: Double
    }

    /// How often to draw again where the drawn one is refused, before all of them are looked at.
    /// With half of them refused, one choice in 250 gets that far.
    private static let drawLimit = 8

    private let columns: [Column]

    init(weights: [Int]) {
        var columns = weights.indices.filter { weights[$0] > 0 }.map { index in
            Column(
                index: Int32(index), other: Int32(index), threshold: .max,
                weight: Double(weights[index]))
        }
        let total = columns.reduce(0) { $0 + $1.weight }
        // Shares relative to a column: those below 1 are filled from those above it.
        var shares = columns.map { $0.weight / total * Double(columns.count) }
        var small = columns.indices.filter { shares[$0] < 1 }
        var large = columns.indices.filter { shares[$0] >= 1 }
        while let poor = small.last, let rich = large.last {
            small.removeLast()
            columns[poor].threshold = UInt32(shares[poor] * 0x1p32)
            columns[poor].other = columns[rich].index
            shares[rich] -= 1 - shares[poor]
            if shares[rich] < 1 {
                large.removeLast()
                small.append(rich)
            }
        }
        self.columns = columns
    }

    /// How many can be drawn.
    var count: Int { columns.count }

    /// The index of one that `accepting` accepts, in proportion to the weights of those; nil where
    /// all are refused. Where most are refused, it costs one question for each.
    func index(_ random: inout SplitMix, accepting: (Int) -> Bool) -> Int? {
        guard !columns.isEmpty else { return nil }
        for _ in 0..<WeightedDraw.drawLimit {
            let index = index(random.next())
            if accepting(index) { return index }
        }
        return anyIndex(&random, accepting)
    }

    private func index(_ random: UInt64) -> Int {
        // The upper half chooses the column, the lower half the part of it.
        let column = columns[Int(((random >> 32) &* UInt64(columns.count)) >> 32)]
        let isOwn = UInt32(truncatingIfNeeded: random) < column.threshold
        return Int(isOwn ? column.index : column.other)
    }

    /// Each accepted one takes the place of the last with the probability that its weight has in
    /// what came so far: in the end all have had their shares, and nothing was stored.
    private func anyIndex(_ random: inout SplitMix, _ accepting: (Int) -> Bool) -> Int? {
        var total = 0.0
        var chosen: Int?
        for column in columns where accepting(Int(column.index)) {
            total += column.weight
            if random.nextFraction() * total < column.weight { chosen = Int(column.index) }
        }
        return chosen
    }
}
