import Testing

@testable import PingoraLB

@Suite("FNVHash")
struct FNVHashTests {
    private let three = [("1.0.0.1:80", 10), ("1.0.0.255:80", 1), ("1.1.1.1:80", 1)]
        .map { Candidate(weight: $1, label: $0) }

    @Test("asks about backends in the order of Pingora")
    func sequence() {
        let algorithm = FNVHash(three, fallback: .uniform, seed: 1)
        #expect(letters(algorithm.questions("test", count: 11)) == "AAACBAACABC")
    }

    @Test("sends keys where Pingora sends them")
    func firstChoices() {
        let algorithm = FNVHash(three)
        let choices = (1...7).compactMap { algorithm.choice("test\($0)") }
        #expect(letters(choices) == "AABCAAA")
        #expect(algorithm.choice("test") == 0)
    }

    @Test("lays backends out in blocks")
    func blocks() {
        let algorithm = FNVHash(candidates([8, 0, 1, 2]), fallback: .weighted, seed: 1)
        let choices = (0..<11).compactMap { key in
            algorithm.select(SelectionRequest(key: key)) { _ in true }
        }
        #expect(letters(choices) == "AAAAAAAACDD")
    }

    @Test("takes weights whose sum is too large for a number")
    func heavy() {
        let algorithm = FNVHash(candidates([Int.max, Int.max, Int.max]), seed: 1)
        let counts = algorithm.counts(of: 3, keyedRequests(9_000, algorithm))
        #expect(counts.allSatisfy { abs($0 - 3_000) < 300 })
    }

    private func letters(_ indices: [Int]) -> String {
        String(indices.map { Character(UnicodeScalar(UInt8(65 + $0))) })
    }
}

extension FNVHash {
    fileprivate convenience init(_ candidates: [Candidate], seed: UInt64) {
        self.init(candidates, fallback: .weighted, seed: seed)
    }
}
