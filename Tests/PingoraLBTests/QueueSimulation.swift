@testable import PingoraLB

/// Backends that serve one request after the other, in virtual time: what a request waits for
/// depends on who else was sent to the same one.
///
/// Arrivals and the work of each request follow from the seed, not from the choices, so that
/// algorithms compare under the same load.
struct QueueSimulation {
    /// How long a mean request takes at each backend, in nanoseconds.
    let serviceTimes: [Double]
    /// Between two arrivals on average, in nanoseconds.
    let interval: Double
    let requests: Int
    let seed: UInt64

    /// The time from arrival to answer of which 99 % of requests need no more, in nanoseconds.
    func ninetyNinthPercentile(
        _ make: ([Candidate]) -> any SelectionAlgorithm
    ) -> UInt64 {
        let backends = candidates(count: serviceTimes.count)
        let algorithm = make(backends)
        var random = SplitMix(seed)
        var free = [Double](repeating: 0, count: backends.count)
        var ends = Ends()
        var latencies: [UInt64] = []
        var now = 0.0
        for _ in 0..<requests {
            now += interval * exponential(&random)
            let work = exponential(&random)
            while let end = ends.next(before: now) {
                backends[end.backend].load.note(latency: end.latency, now: UInt64(end.time))
                backends[end.backend].load.end()
            }
            let request = SelectionRequest(now: UInt64(now))
            guard let index = algorithm.select(request, accepting: { _ in true }) else { continue }
            backends[index].load.begin()
            free[index] = max(now, free[index]) + work * serviceTimes[index]
            let latency = UInt64(free[index] - now)
            latencies.append(latency)
            ends.insert(End(time: free[index], backend: index, latency: latency))
        }
        latencies.sort()
        return latencies[latencies.count * 99 / 100]
    }

    /// Exponentially distributed with mean 1, without a library: von Neumann's comparison method.
    private func exponential(_ random: inout SplitMix) -> Double {
        var whole = 0.0
        while true {
            let first = random.nextFraction()
            var (last, isOdd) = (first, true)
            while case let next = random.nextFraction(), next < last {
                last = next
                isOdd.toggle()
            }
            if isOdd { return whole + first }
            whole += 1
        }
    }
}

/// The end of a request.
private struct End {
    let time: Double
    let backend: Int
    let latency: UInt64
}

/// A binary heap with the earliest end on top.
private struct Ends {
    private var heap: [End] = []

    mutating func insert(_ end: End) {
        heap.append(end)
        var place = heap.count - 1
        while place > 0, heap[place].time < heap[(place - 1) / 2].time {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func next(before time: Double) -> End? {
        guard let top = heap.first, top.time <= time else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var place = 0
        while true {
            let children = (2 * place + 1..<2 * place + 3).filter { $0 < heap.count }
            guard let child = children.min(by: { heap[$0].time < heap[$1].time }),
                heap[child].time < heap[place].time
            else { return top }
            heap.swapAt(child, place)
            place = child
        }
    }
}
