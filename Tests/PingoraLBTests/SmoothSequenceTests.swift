import TestSupport
import Testing

@testable import PingoraLB

@Suite("SmoothSequence")
struct SmoothSequenceTests {
    @Test("equals nginx's algorithm on any weights", arguments: 0..<200 as Range<UInt64>)
    func reference(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...12, using: &random)
        let weights = (0..<count).map { _ in Int.random(in: 0...9, using: &random) }
        let reduced = SmoothSequence.reduced(weights)
        #expect(SmoothSequence.indices(weights) == Self.nginx(reduced), "weights \(weights)")
    }

    @Test("gives the light one of a very uneven pair its turn")
    func uneven() {
        let sequence = SmoothSequence.indices([1, 1_000_000])
        #expect(sequence.count == 65_536)
        #expect(sequence.count { $0 == 0 } == 1)
    }

    @Test(
        "keeps a sum of 65 536 as it is and scales a larger one",
        arguments: [
            ([65_534, 1], 65_535), ([65_535, 1], 65_536), ([65_536, 1], 65_536),
            ([1_000_000, 999_999], 65_535),
        ])
    func limit(weights: [Int], length: Int) {
        #expect(SmoothSequence.indices(weights).count == length)
    }

    @Test("bounds the length for extreme weights")
    func extremes() {
        let weights = [Int.max, Int.max - 1, 1, 0, Int.min, -5]
        let sequence = SmoothSequence.indices(weights)
        #expect(sequence.count <= SmoothSequence.longest + weights.count)
        #expect(Set(sequence) == [0, 1, 2])
    }

    @Test("needs no longer for many backends of one weight")
    func many() {
        let sequence = SmoothSequence.indices(Array(repeating: 3, count: 100_000))
        #expect(sequence == Array(0..<100_000))
    }

    /// ngx_http_upstream_get_peer, without failures.
    private static func nginx(_ weights: [Int]) -> [UInt32] {
        var current = weights.map { _ in 0 }
        let total = weights.reduce(0, +)
        return (0..<total).map { _ in
            var best: Int?
            for index in weights.indices where weights[index] > 0 {
                current[index] += weights[index]
                if best.map({ current[index] > current[$0] }) ?? true { best = index }
            }
            guard let best else { return .max }
            current[best] -= total
            return UInt32(best)
        }
    }
}
