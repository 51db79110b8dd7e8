/// One turn of nginx's smooth weighted round robin (ngx_http_upstream_round_robin.c).
///
/// In each step every backend gains its weight, the one with the most is chosen (the first of
/// equals) and loses the sum of all weights. After `step` steps a backend of weight w that was
/// chosen c times thus has w · step − sum · c, which is what is compared here.
///
/// Backends of one weight take turns in their order, so that one candidate for each distinct weight
/// is enough. A sum of 65 536 has at most 361 distinct weights (1 + 2 + … + 361 = 65 341), however
/// many backends there are.
enum SmoothSequence {
    /// The sum of weights beyond which they are scaled down: 256 KiB of indices.
    static let longest = 65_536

    /// The indices of `weights` in the order of one turn; empty where no weight is above 0.
    static func indices(_ weights: [Int]) -> [UInt32] {
        let weights = scaled(reduced(weights.map { max(0, $0) }))
        var groups = groupedByWeight(weights)
        let total = weights.reduce(0, +)
        var sequence: [UInt32] = []
        sequence.reserveCapacity(total)
        for step in 0..<total {
            var best = 0
            for other in groups.indices.dropFirst()
            where groups[other].precedes(groups[best], step: step + 1) {
                best = other
            }
            sequence.append(groups[best].next(total: total))
        }
        return sequence
    }

    /// The weights divided by their greatest common divisor.
    static func reduced(_ weights: [Int]) -> [Int] {
        let divisor = weights.reduce(0, greatestCommonDivisor)
        return divisor > 1 ? weights.map { $0 / divisor } : weights
    }

    /// The weights in about the same proportion with a sum of at most `limit` plus one for each;
    /// none that was above 0 becomes 0.
    static func scaled(_ weights: [Int], to limit: Int = longest) -> [Int] {
        // Floating point, because a sum of weights near Int.max overflows; it is exact up to 2^53.
        let total = weights.reduce(0.0) { $0 + Double($1) }
        guard total > Double(limit) else { return weights }
        return weights.map { weight in
            weight == 0 ? 0 : max(1, Int(Double(weight) / total * Double(limit)))
        }
    }

    private static func groupedByWeight(_ weights: [Int]) -> [WeightGroup] {
        var members: [Int: [UInt32]] = [:]
        for (index, weight) in weights.enumerated() where weight > 0 {
            members[weight, default: []].append(UInt32(index))
        }
        return members.map { WeightGroup(weight: $0.key, members: $0.value) }
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        var (dividend, divisor) = (first, second)
        while divisor != 0 { (dividend, divisor) = (divisor, dividend % divisor) }
        return dividend
    }
}

/// The backends of one weight, and whose turn it is among them.
private struct WeightGroup {
    let weight: Int
    let members: [UInt32]
    private var turn = 0
    /// The sum of all weights times how often the member whose turn it is was chosen.
    private var paid = 0

    init(weight: Int, members: [UInt32]) {
        self.weight = weight
        self.members = members
    }

    /// Whether this group's next member is chosen before the other's.
    func precedes(_ other: WeightGroup, step: Int) -> Bool {
        let (own, others) = (weight * step - paid, other.weight * step - other.paid)
        return own > others || own == others && members[turn] < other.members[other.turn]
    }

    mutating func next(total: Int) -> UInt32 {
        let member = members[turn]
        turn += 1
        if turn == members.count {
            turn = 0
            paid += total
        }
        return member
    }
}
