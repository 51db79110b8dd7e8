import Testing

@testable import PingoraLB

@Suite("RoundRobin")
struct RoundRobinTests {
    @Test(
        "follows nginx's smooth sequence",
        arguments: [
            ([5, 1, 1], "aabacaa"),
            ([1, 1, 1], "abc"),
            ([4, 2], "aba"),
            ([1, 5], "bbabbb"),
            ([3, 0, 3], "ac"),
            ([7], "a"),
            ([3, 2, 1], "abacba"),
        ])
    func sequence(weights: [Int], expected: String) {
        let algorithm = RoundRobin(weights: weights, startingAt: 0)
        #expect(letters(algorithm, count: expected.count * 3) == expected + expected + expected)
    }

    @Test("alternates strictly between two equal backends")
    func alternation() {
        #expect(letters(RoundRobin(weights: [1, 1], startingAt: 0), count: 10) == "ababababab")
    }

    @Test(
        "chooses nobody where there is nobody",
        arguments: [
            [], [0], [0, 0], [-1], [Int.min, 0],
        ])
    func nobody(weights: [Int]) {
        let algorithm = RoundRobin(weights: weights, startingAt: 0)
        #expect(algorithm.select(SelectionRequest()) { _ in true } == nil)
    }

    @Test("never chooses a drained backend")
    func drained() {
        #expect(letters(RoundRobin(weights: [2, 0, 1], startingAt: 0), count: 6) == "acaaca")
    }

    @Test("shares a refused backend's turns among the others by their weights")
    func refusal() {
        let algorithm = RoundRobin(weights: [1, 1, 1, 2], startingAt: 0)
        var counts = [0, 0, 0, 0]
        for _ in 0..<400 {
            if let index = algorithm.select(SelectionRequest(), accepting: { $0 != 0 }) {
                counts[index] += 1
            }
        }
        #expect(counts == [0, 100, 100, 200])
    }

    @Test(
        "asks a bounded number of times where all are refused",
        arguments: [
            ([1], 2), ([1, 1, 0], 4), ([1, 1_000_000], 258), (.init(repeating: 1, count: 300), 600),
        ])
    func allRefused(weights: [Int], questions: Int) {
        let algorithm = RoundRobin(weights: weights, startingAt: 0)
        var asked = 0
        let index = algorithm.select(SelectionRequest()) { _ in
            asked += 1
            return false
        }
        #expect(index == nil)
        #expect(asked == questions)
    }

    @Test("finds the only accepted backend wherever it stands")
    func lastResort() {
        let weights = [1, 1_000_000] + Array(repeating: 1, count: 600)
        let algorithm = RoundRobin(weights: weights, startingAt: 0)
        for index in weights.indices {
            #expect(algorithm.select(SelectionRequest()) { $0 == index } == index)
        }
    }

    @Test("survives the wrap of its counter", arguments: [[1, 1], [5, 1, 1], [0, 0], [3]])
    func overflow(weights: [Int]) {
        let algorithm = RoundRobin(weights: weights, startingAt: .max - 2)
        let first = letters(algorithm, count: 8)
        if weights == [1, 1] { #expect(first == "babababa") }
        // From ticket 5 on, as if it had begun at 0.
        let reference = RoundRobin(weights: weights, startingAt: 5)
        #expect(letters(algorithm, count: 20) == letters(reference, count: 20))
    }

    private func letters(_ algorithm: RoundRobin, count: Int) -> String {
        (0..<count).map { _ in
            guard let index = algorithm.select(SelectionRequest(), accepting: { _ in true }) else {
                return "-"
            }
            return String(UnicodeScalar(UInt8(97 + index)))
        }.joined()
    }
}
