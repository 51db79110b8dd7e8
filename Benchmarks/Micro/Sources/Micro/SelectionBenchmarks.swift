import PingoraLB

/// One choice by each algorithm. Every backend has one request in flight and a known latency, as
/// with idle ones some algorithms have less to do.
let selectionBenchmarks = [
    selection(RoundRobin.self),
    selection(RandomChoice.self),
    selection(LeastConnections.self),
    selection(PowerOfTwoChoices.self),
    selection(PeakEWMA.self),
    selection(FNVHash.self),
    selection(Ketama.self),
    selection(Ketama.self, of: 1000),
    selection(BoundedLoadHash.self),
    selection(Maglev.self),
]

/// How long each algorithm needs to prepare for 10 000 backends.
let preparations = [
    preparation(RoundRobin.self),
    preparation(RandomChoice.self),
    preparation(LeastConnections.self),
    preparation(PowerOfTwoChoices.self),
    preparation(PeakEWMA.self),
    preparation(FNVHash.self),
    preparation(Ketama.self),
    preparation(BoundedLoadHash.self),
    preparation(Maglev.self),
]

/// Something that is done once for each set of backends.
struct Preparation: Sendable {
    let name: String
    let run: @Sendable () -> Void

    /// The fastest of three.
    func measure() -> Duration {
        let clock = ContinuousClock()
        return (0..<3).map { _ in clock.measure(run) }.min() ?? .zero
    }
}

private func selection<Algorithm: SelectionAlgorithm>(
    _ type: Algorithm.Type, of count: Int = 100
) -> Benchmark {
    let candidates = candidates(count)
    for candidate in candidates {
        candidate.load.begin()
        candidate.load.note(latency: 1_000_000, now: 1)
    }
    let algorithm = Algorithm(candidates)
    return Benchmark(name: "\(type): pick one of \(count)") { count in
        var key: UInt64 = 0
        for _ in 0..<count {
            // The golden ratio's multiples come to every part of a ring in turn.
            key &+= 0x9e37_79b9_7f4a_7c15
            let request = SelectionRequest(key: key >> 32, now: 2)
            keep(algorithm.select(request) { _ in true } != nil)
        }
    }
}

private func preparation<Algorithm: SelectionAlgorithm>(_ type: Algorithm.Type) -> Preparation {
    let candidates = candidates(10_000)
    return Preparation(name: "\(type): prepare for 10000") { keep(Algorithm(candidates)) }
}

private func candidates(_ count: Int) -> [Candidate] {
    (0..<count).map { Candidate(label: "10.0.\($0 / 256).\($0 % 256):443") }
}
