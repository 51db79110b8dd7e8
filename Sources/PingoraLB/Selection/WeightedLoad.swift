/// What a backend is busy with, in relation to its weight.
struct WeightedLoad: Sendable {
    let load: BackendLoad
    /// 1 where all weights are equal, less for the heavier: what one request adds to the queue.
    let step: Double

    /// One for each candidate, in their order. Those of the drained mean nothing.
    static func all(of candidates: [Candidate]) -> [WeightedLoad] {
        let weights = candidates.map { Double(max(0, $0.weight)) }
        let heavy = weights.filter { $0 > 0 }
        let mean = heavy.reduce(0, +) / Double(max(1, heavy.count))
        return zip(candidates, weights).map { candidate, weight in
            WeightedLoad(load: candidate.load, step: weight > 0 ? mean / weight : 1)
        }
    }

    /// How many requests are in flight for one of the mean weight.
    var queue: Double { Double(max(0, load.inFlight)) * step }

    /// The same with one more.
    var queueWithOneMore: Double { Double(max(0, load.inFlight) + 1) * step }
}
