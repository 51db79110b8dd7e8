@testable import PingoraLB

/// An algorithm under test, made with a seed.
struct Algorithm: Sendable, CustomStringConvertible {
    let description: String
    let make: @Sendable ([Candidate], UInt64) -> any SelectionAlgorithm

    static let randomChoice = Algorithm(description: "RandomChoice") {
        RandomChoice($0, seed: $1)
    }
    static let leastConnections = Algorithm(description: "LeastConnections") {
        LeastConnections($0, seed: $1)
    }
    static let powerOfTwoChoices = Algorithm(description: "PowerOfTwoChoices") {
        PowerOfTwoChoices($0, seed: $1)
    }
    static let peakEWMA = Algorithm(description: "PeakEWMA") { PeakEWMA($0, seed: $1) }
    static let ketama = Algorithm(description: "Ketama") { Ketama($0, seed: $1) }
    static let fnvHash = Algorithm(description: "FNVHash") {
        FNVHash($0, fallback: .weighted, seed: $1)
    }
    static let boundedLoadHash = Algorithm(description: "BoundedLoadHash") {
        BoundedLoadHash($0, factor: 1.25, seed: $1)
    }
    static let maglev = Algorithm(description: "Maglev") {
        Maglev($0, tableSize: 65_537, seed: $1)
    }
    static let roundRobin = Algorithm(description: "RoundRobin") { candidates, _ in
        RoundRobin(candidates)
    }

    static let hashing = [ketama, fnvHash, boundedLoadHash, maglev]
    /// Those that draw, or hash, by weight.
    static let drawing = [randomChoice, powerOfTwoChoices, peakEWMA] + hashing
    static let all = [roundRobin, leastConnections] + drawing
}

/// Backends at 10.0.x.y:443 with these weights.
func candidates(_ weights: [Int]) -> [Candidate] {
    weights.enumerated().map { index, weight in
        Candidate(weight: weight, label: "10.0.\(index / 256).\(index % 256):443")
    }
}

/// So many backends of weight 1.
func candidates(count: Int) -> [Candidate] {
    candidates(Array(repeating: 1, count: count))
}

/// Backends of weight 1 with these labels.
func candidates(labels: [String]) -> [Candidate] {
    labels.map { Candidate(label: $0) }
}

extension SelectionAlgorithm {
    /// What it makes of a key's text.
    func hash(_ key: String) -> UInt64 { hash(Array(key.utf8).span) }

    /// The choice for a key's text, with every backend accepted.
    func choice(_ key: String) -> Int? {
        select(SelectionRequest(key: hash(key))) { _ in true }
    }

    /// The first backends that it asks about for a key, where all are refused.
    func questions(_ key: String, count: Int) -> [Int] {
        var asked: [Int] = []
        _ = select(SelectionRequest(key: hash(key))) { index in
            asked.append(index)
            return false
        }
        return Array(asked.prefix(count))
    }

    /// How many of `requests` each backend gets.
    func counts(of backends: Int, _ requests: some Sequence<SelectionRequest>) -> [Int] {
        var counts = [Int](repeating: 0, count: backends)
        for request in requests {
            if let index = select(request, accepting: { _ in true }) { counts[index] += 1 }
        }
        return counts
    }
}

/// Requests with the keys `/0`, `/1` and so on, as the algorithm hashes them.
func keyedRequests(_ count: Int, _ algorithm: any SelectionAlgorithm) -> [SelectionRequest] {
    (0..<count).map { SelectionRequest(key: algorithm.hash("/\($0)")) }
}

/// Requests without a key.
func plainRequests(_ count: Int) -> [SelectionRequest] {
    Array(repeating: SelectionRequest(), count: count)
}
