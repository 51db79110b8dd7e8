import Synchronization
import Testing

@testable import PingoraLB

/// What every algorithm owes to a caller that refuses backends.
@Suite("Refusals by every algorithm")
struct RefusalTests {
    @Test("leave nobody where there is nobody", arguments: Algorithm.all, [nil, 7])
    func nobody(algorithm: Algorithm, key: UInt64?) {
        let request = SelectionRequest(key: key)
        for weights in [[], [0], [0, -1], [Int.min]] {
            let algorithm = algorithm.make(candidates(weights), 1)
            #expect(algorithm.select(request) { _ in true } == nil)
            #expect(algorithm.order(request).isEmpty)
        }
    }

    @Test("never lead to a drained backend", arguments: Algorithm.all, [true, false])
    func drained(algorithm: Algorithm, isKeyed: Bool) {
        let algorithm = algorithm.make(candidates([0, 3, -5, 1, 0, 2]), 1)
        for number in 0..<200 {
            let key = isKeyed ? algorithm.hash("\(number)") : nil
            let order = algorithm.order(SelectionRequest(key: key))
            #expect(order.sorted() == [1, 3, 5])
        }
    }

    @Test("find the only accepted one of 1 000", arguments: Algorithm.all, [true, false])
    func lastOne(algorithm: Algorithm, isKeyed: Bool) {
        let algorithm = algorithm.make(candidates(count: 1_000), 1)
        for index in stride(from: 0, to: 1_000, by: 37) {
            let request = SelectionRequest(key: isKeyed ? algorithm.hash("\(index)") : nil)
            #expect(algorithm.select(request) { $0 == index } == index)
        }
    }

    @Test("find a light one beside a heavy one", arguments: Algorithm.all, [true, false])
    func lightOne(algorithm: Algorithm, isKeyed: Bool) {
        let algorithm = algorithm.make(candidates([1, 1_000]), 1)
        let request = SelectionRequest(key: isKeyed ? algorithm.hash("a") : nil)
        #expect(algorithm.select(request) { $0 == 0 } == 0)
    }

    @Test("end after a bounded number of questions", arguments: Algorithm.all, [true, false])
    func bounded(algorithm: Algorithm, isKeyed: Bool) {
        let algorithm = algorithm.make(candidates(count: 100) + candidates([1_000]), 1)
        let request = SelectionRequest(key: isKeyed ? algorithm.hash("a") : nil)
        var asked = 0
        let index = algorithm.select(request) { _ in
            asked += 1
            return false
        }
        #expect(index == nil)
        #expect(asked <= 64 + 18 * 101)
    }

    @Test(
        "give an order in which each backend stands once", arguments: Algorithm.all, [true, false])
    func order(algorithm: Algorithm, isKeyed: Bool) {
        let algorithm = algorithm.make(candidates(count: 30), 1)
        for number in 0..<50 {
            let key = isKeyed ? algorithm.hash("\(number)") : nil
            #expect(algorithm.order(SelectionRequest(key: key)).sorted() == Array(0..<30))
        }
    }

    // Of 20 000 orders, those that begin with the first backend. On Ketama's ring, what follows a
    // point is fixed, but 8 000 points for a weight of 50 are followed by many others. Not for
    // LeastConnections, whose order is that of loads, nor for RoundRobin: a whole order takes a
    // whole number of turns, so that the next one is the same.
    @Test(
        "go on by weight", arguments: Algorithm.drawing,
        [true, false])
    func weightedOrder(algorithm: Algorithm, isKeyed: Bool) {
        let algorithm = algorithm.make(candidates([50, 10, 20, 30]), 1)
        var seconds = [0, 0, 0, 0]
        for number in 0..<20_000 {
            let key = isKeyed ? algorithm.hash("\(number)") : nil
            let order = algorithm.order(SelectionRequest(key: key))
            if order.first == 0 { seconds[order[1]] += 1 }
        }
        let total = Double(seconds.reduce(0, +))
        #expect(total > 8_000)
        for index in 1...3 {
            #expect(abs(Double(seconds[index]) / total - Double(index) / 6) < 0.03, "\(seconds)")
        }
    }

    @Test("go on with the next busiest with LeastConnections")
    func busiestLast() {
        let candidates = candidates([1, 2, 1, 4])
        for (candidate, requests) in zip(candidates, [3, 2, 0, 19]) {
            for _ in 0..<requests { candidate.load.begin() }
        }
        // With one more: 4, 1.5, 1 and 5 for each unit of weight.
        #expect(LeastConnections(candidates, seed: 1).order() == [2, 1, 0, 3])
    }

    @Test("keep the choice for a key", arguments: Algorithm.hashing)
    func stable(algorithm: Algorithm) {
        let first = algorithm.make(candidates([3, 1, 2]), 1)
        let second = algorithm.make(candidates([3, 1, 2]), 2)
        for number in 0..<1_000 {
            let request = SelectionRequest(key: first.hash("\(number)"))
            #expect(first.order(request) == second.order(request))
        }
    }

    @Test("hold on eight threads at once", arguments: Algorithm.all)
    func threads(algorithm: Algorithm) {
        let candidates = candidates([3, 0, 2, 1, 1, 1, 1, 1, 1])
        let algorithm = algorithm.make(candidates, 1)
        let mistakes = Atomic(0)
        inThreads(8) { thread in
            for turn in 0..<2_000 {
                let key = turn % 2 == 0 ? algorithm.hash("\(turn)") : nil
                let request = SelectionRequest(key: key, now: UInt64(turn) * 1_000)
                let refused = turn % 9
                guard let index = algorithm.select(request, accepting: { $0 != refused }),
                    index != refused, index != 1
                else {
                    mistakes.add(1, ordering: .relaxed)
                    continue
                }
                candidates[index].load.begin()
                candidates[index].load.note(latency: 1_000 + UInt64(index), now: request.now)
                candidates[index].load.end()
            }
        }
        #expect(mistakes.load(ordering: .relaxed) == 0)
        #expect(candidates.allSatisfy { $0.load.inFlight == 0 })
    }
}
