import TestSupport

/// A client at the far end of a socket pair: it sends what its plan says, in pieces, and stays,
/// ends its side, leaves in the middle, or does not read for a while.
final class FuzzClient {
    let endpoint: SimulatedEndpoint
    let plan: RandomPlan
    /// All that the kernel has taken.
    private(set) var sent: [UInt8] = []
    private(set) var wakes = Int64.max
    private let kernel: FuzzKernel
    private var random: SeededGenerator
    private var left: ArraySlice<UInt8>
    private var nextPiece: Int64 = 0
    private let manner: Manner
    /// Where it goes, for one that leaves.
    private let lastByte: Int
    private var readsFrom: Int64 = 0
    /// Whether it reads all the time.
    var readsAtOnce: Bool { readsFrom == 0 }
    private var hasLeft = false
    private var hasEndedSide = false
    /// Nanoseconds between two pieces at most.
    private let slowness: Int64

    private enum Manner { case patient, leaves, resets, halfCloses }

    init(
        _ endpoint: SimulatedEndpoint, _ plan: RandomPlan, on kernel: FuzzKernel,
        using random: inout SeededGenerator
    ) {
        (self.endpoint, self.plan, self.kernel) = (endpoint, plan, kernel)
        left = plan.bytes[...]
        switch Int.random(in: 0..<12, using: &random) {
        case 0: manner = .leaves
        case 1: manner = .resets
        case 2: manner = .halfCloses
        default: manner = .patient
        }
        let isEarly = Bool.random(using: &random)
        lastByte = isEarly ? Int.random(in: 0...plan.bytes.count, using: &random) : .max
        let milliseconds = [0, 0, 100, 400, 5000].randomElement(using: &random) ?? 0
        slowness = Int64(milliseconds) * 1_000_000
        if Int.random(in: 0..<16, using: &random) == 0 {
            readsFrom = kernel.now + Int64.random(in: 0...4_000_000_000, using: &random)
        }
        self.random = SeededGenerator(seed: random.next())
    }

    var isFinished: Bool { endpoint.ending != nil || hasLeft }
    /// Whether it has seen all that the proxy sent, and an orderly end.
    var hasSeenAll: Bool { endpoint.ending == .orderly && !hasLeft }
    /// Whether it stayed to the end, so that nothing is missing on its account.
    var stayed: Bool { !hasLeft }

    /// Does what can be done; true if anything moved.
    func step() -> Bool {
        wakes = .max
        guard !hasLeft else { return false }
        var hasMoved = false
        if kernel.now < readsFrom { wakes = readsFrom } else { hasMoved = endpoint.receiveOnce() }
        if endpoint.isSendingBroken { left = [] }
        if endpoint.outgoing.isEmpty, !left.isEmpty {
            guard kernel.now >= nextPiece else {
                wakes = min(wakes, nextPiece)
                return hasMoved
            }
            takePiece()
            hasMoved = true
        }
        if send() { hasMoved = true }
        if left.isEmpty || sent.count >= lastByte, leave() { hasMoved = true }
        return hasMoved
    }

    private func send() -> Bool {
        let before = endpoint.outgoing
        let hasMoved = endpoint.sendOnce()
        sent += before.prefix(before.count - endpoint.outgoing.count)
        return hasMoved
    }

    private func takePiece() {
        let size = Int.random(in: 1...left.count, using: &random)
        endpoint.outgoing = Array(left.prefix(size))
        left = left.dropFirst(size)
        let isSlow = Int.random(in: 0..<3, using: &random) == 0
        nextPiece = kernel.now + (isSlow ? Int64.random(in: 0...slowness, using: &random) : 0)
    }

    /// Goes, in its manner, once all it wanted to send is on its way.
    private func leave() -> Bool {
        guard endpoint.outgoing.isEmpty || sent.count >= lastByte else { return false }
        switch manner {
        case .patient: return false
        case .halfCloses:
            guard left.isEmpty, endpoint.outgoing.isEmpty, !hasEndedSide else { return false }
            hasEndedSide = true
            endpoint.finishSending()
            return true
        case .leaves: endpoint.close()
        case .resets: endpoint.reset()
        }
        hasLeft = true
        return true
    }
}
