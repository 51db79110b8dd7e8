import Synchronization

/// Smooth weighted round robin, as nginx does it: weights 5, 1, 1 give a a b a c a a, repeating.
///
/// The sequence is computed once; a choice is then one relaxed atomic increment, its ticket. Each
/// ticket is drawn once, so that the shares are exact over all threads together. A refused backend
/// costs its ticket and the next one is drawn: what remains of the sequence is the others in
/// proportion to their weights, where walking on from a private position would hand a refused
/// backend's whole share to its successor.
///
/// Limits: weights are divided by their greatest common divisor; where they still sum to more than
/// 65 536, they are scaled down to about that, but never to 0. The sequence thus has at most 65 536
/// elements plus one for each backend, and 1 beside 1 000 000 is chosen once in 65 536 instead of
/// once in 1 000 001. Where the counter wraps, after 2^64 tickets, one turn may be cut short.
public final class RoundRobin: SelectionAlgorithm {
    /// One turn; elements are indices into the weights given to `init`.
    private let sequence: [UInt32]
    /// Every index with a weight, ascending.
    private let candidates: [Int]
    /// How many tickets one choice may draw.
    private let ticketLimit: Int
    private let nextTicket: Atomic<UInt64>

    /// Prepares for these backends. Costs one step for each element of the sequence and distinct
    /// weight: microseconds for usual weights, at worst 24 million steps, or 30 ms.
    public convenience init(_ candidates: [Candidate]) {
        self.init(weights: candidates.map(\.weight), startingAt: 0)
    }

    /// Prepares for backends with these weights and draws `ticket` first.
    package init(weights: [Int], startingAt ticket: UInt64) {
        sequence = SmoothSequence.indices(weights)
        candidates = weights.indices.filter { weights[$0] > 0 }
        // A fully refused heavy backend may fill thousands of places in a row. 256 tickets cost
        // about as much as one system call; no fewer than one for each backend, because asking each
        // is what finding the last healthy one costs in any case.
        ticketLimit = min(sequence.count, max(256, candidates.count))
        nextTicket = Atomic(ticket)
    }

    /// The next index in turn that is accepted; nil where every backend is drained or refused.
    public func select(_ request: SelectionRequest, accepting: (Int) -> Bool) -> Int? {
        guard !sequence.isEmpty else { return nil }
        var ticket: UInt64 = 0
        for _ in 0..<ticketLimit {
            ticket = nextTicket.wrappingAdd(1, ordering: .relaxed).oldValue
            let index = Int(sequence[Int(ticket % UInt64(sequence.count))])
            if accepting(index) { return index }
        }
        return anyAccepted(from: ticket, accepting)
    }

    /// Any accepted index: other threads may have drawn every ticket of the only healthy backend,
    /// and a heavy one may fill more places than one choice may draw.
    private func anyAccepted(from ticket: UInt64, _ accepting: (Int) -> Bool) -> Int? {
        let start = Int(ticket % UInt64(candidates.count))
        return candidates[start...].first(where: accepting)
            ?? candidates[..<start].first(where: accepting)
    }
}
