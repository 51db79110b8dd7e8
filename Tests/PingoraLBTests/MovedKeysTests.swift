import Testing

@testable import PingoraLB

/// What becomes of keys where backends come and go.
@Suite("Keys of Ketama and Maglev")
struct MovedKeysTests {
    private static let count = 100_000

    // Removed is each of ten, whose average is what counts: one alone may have a larger share.
    @Test(
        "move for at most 1.1 of N where one of N backends goes",
        arguments: [Algorithm.ketama, .maglev], [10, 100])
    func gone(algorithm: Algorithm, size: Int) {
        let all = candidates(count: size)
        let before = algorithm.make(all, 1)
        let requests = keyedRequests(Self.count, before)
        let owners = requests.map { before.select($0) { _ in true } }
        var moved = 0
        for removed in stride(from: 0, to: size, by: size / 10) {
            var rest = all
            rest.remove(at: removed)
            let after = algorithm.make(rest, 1)
            for (request, owner) in zip(requests, owners) {
                let now = after.select(request) { _ in true }.map { $0 < removed ? $0 : $0 + 1 }
                if now != owner {
                    moved += 1
                    // It moves because it has to.
                    #expect(owner == removed)
                }
            }
        }
        #expect(Double(moved) / 10 <= 1.1 * Double(Self.count) / Double(size), "\(moved)")
        #expect(moved > 0)
    }

    @Test(
        "move to the one that comes, and nowhere else",
        arguments: [Algorithm.ketama, .maglev])
    func arrived(algorithm: Algorithm) {
        let before = algorithm.make(candidates(count: 10), 1)
        let after = algorithm.make(candidates(count: 11), 1)
        var moved = 0
        for request in keyedRequests(20_000, before) {
            let now = after.select(request) { _ in true }
            if before.select(request, accepting: { _ in true }) != now {
                moved += 1
                #expect(now == 10)
            }
        }
        #expect(moved > 1_000)
    }

    @Test(
        "go where they would go without a refused backend, or elsewhere if it is Maglev",
        arguments: [Algorithm.ketama, .maglev])
    func refused(algorithm: Algorithm) {
        let ten = candidates(count: 10)
        let whole = algorithm.make(ten, 1)
        let rest = algorithm.make(Array(ten.dropLast()), 1)
        for request in keyedRequests(20_000, whole) {
            let own = whole.select(request) { _ in true }
            let other = whole.select(request) { $0 != 9 }
            if own != 9 { #expect(other == own) }
            if algorithm.description == "Ketama" {
                #expect(other == rest.select(request) { _ in true })
            }
        }
    }

    // On Ketama's ring by a third more or less: 160 points are followed by 18 of each other one.
    @Test("spread over all others where their backend is refused", arguments: Algorithm.hashing)
    func spread(algorithm: Algorithm) {
        let algorithm = algorithm.make(candidates(count: 10), 1)
        var counts = [Int](repeating: 0, count: 10)
        for request in keyedRequests(Self.count, algorithm) {
            guard algorithm.select(request, accepting: { _ in true }) == 0 else { continue }
            if let other = algorithm.select(request, accepting: { $0 != 0 }) { counts[other] += 1 }
        }
        let mean = counts.reduce(0, +) / 9
        #expect(mean > 700)
        #expect(counts.dropFirst().allSatisfy { $0 > mean / 4 && $0 < mean * 3 }, "\(counts)")
    }
}
