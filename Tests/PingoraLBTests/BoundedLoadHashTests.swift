import Testing

@testable import PingoraLB

@Suite("BoundedLoadHash")
struct BoundedLoadHashTests {
    @Test("chooses as Ketama while backends are idle")
    func idle() {
        let candidates = candidates([2, 1, 3])
        let (bounded, ketama) = (BoundedLoadHash(candidates), Ketama(candidates))
        for number in 0..<1_000 {
            #expect(bounded.choice("\(number)") == ketama.choice("\(number)"))
        }
    }

    @Test(
        "keeps every backend within its share of requests in flight, times the factor",
        arguments: [1.0, 1.25, 2.0])
    func bound(factor: Double) {
        let weights = [1, 2, 3, 4]
        let candidates = candidates(weights)
        let algorithm = BoundedLoadHash(candidates, factor: factor, seed: 1)
        for number in 1...5_000 {
            // Everybody asks for the same.
            guard let index = algorithm.choice("hot") else {
                Issue.record("nobody")
                return
            }
            let load = candidates[index].load
            load.begin()
            let share = Double(weights[index]) / 10
            #expect(Double(load.inFlight) <= (factor * Double(number) * share).rounded(.up))
        }
    }

    @Test("goes clockwise past those that are too busy")
    func clockwise() {
        let candidates = candidates(count: 5)
        let algorithm = BoundedLoadHash(candidates)
        let order = Ketama(candidates).order(SelectionRequest(key: algorithm.hash("a")))
        // Of five requests, two may be on one backend.
        for expected in order.prefix(4) {
            #expect(algorithm.choice("a") == expected)
            candidates[expected].load.begin()
        }
    }

    @Test("counts the accepted only, where backends are refused")
    func refused() {
        let candidates = candidates(count: 10)
        let algorithm = BoundedLoadHash(candidates)
        for number in 1...3_000 {
            let request = SelectionRequest(key: algorithm.hash("hot"))
            guard let index = algorithm.select(request, accepting: { $0 < 3 }) else {
                Issue.record("nobody")
                return
            }
            candidates[index].load.begin()
            #expect(
                Double(candidates[index].load.inFlight)
                    <= (1.25 * Double(number) / 3).rounded(.up))
        }
    }

    @Test("gives a key back to its backend once that is less busy")
    func affinity() {
        let candidates = candidates(count: 4)
        let algorithm = BoundedLoadHash(candidates)
        guard let own = algorithm.choice("a") else { return }
        candidates[own].load.begin()
        #expect(algorithm.choice("a") != own)
        candidates[own].load.end()
        #expect(algorithm.choice("a") == own)
    }
}
