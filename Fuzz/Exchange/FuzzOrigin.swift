import TestSupport

/// One connection to an origin that answers well, badly, early, late or not at all, as its seed
/// says.
final class FuzzOrigin {
    let endpoint: SimulatedEndpoint
    private(set) var wakes = Int64.max
    private let kernel: FuzzKernel
    private let book: FuzzBook
    private var random: SeededGenerator
    /// What is being sent, and what happens then.
    private var answer: FuzzAnswer?
    private var left: ArraySlice<UInt8> = []
    private var nextPiece: Int64 = 0
    private var isReusable = true
    private var hasEnded = false
    /// Whether the request whose end has not come yet was answered.
    private var hasAnsweredEarly = false
    /// Whether it was asked for already: answered early or not.
    private var hasConsideredEarly = false

    init(_ endpoint: SimulatedEndpoint, _ book: FuzzBook, on kernel: FuzzKernel, seed: UInt64) {
        (self.endpoint, self.book, self.kernel) = (endpoint, book, kernel)
        random = SeededGenerator(seed: seed)
    }

    /// Does what can be done; true if anything moved.
    func step() -> Bool {
        wakes = .max
        var hasMoved = endpoint.receiveOnce()
        if endpoint.sendOnce() { hasMoved = true }
        guard endpoint.outgoing.isEmpty, !hasEnded else { return hasMoved }
        if !left.isEmpty { return sendPiece() || hasMoved }
        guard let answer else { return answerNext() || hasMoved }
        switch answer.end {
        case .stall: return hasMoved
        case .tunnel: return echo() || hasMoved
        case .close: endpoint.close()
        case .reset: endpoint.reset()
        case .none:
            self.answer = nil
            return true
        }
        hasEnded = true
        return true
    }

    private func sendPiece() -> Bool {
        guard kernel.now >= nextPiece else {
            wakes = nextPiece
            return false
        }
        let surplus = answer?.surplus.count ?? 0
        var size = Int.random(in: 1...left.count, using: &random)
        // In one call with the last byte of the answer, so that it is there when that is read.
        if size >= left.count - surplus { size = left.count }
        endpoint.outgoing = Array(left.prefix(size))
        left = left.dropFirst(size)
        let isSlow = Int.random(in: 0..<8, using: &random) == 0
        nextPiece =
            kernel.now + (isSlow ? Int64.random(in: 0...400, using: &random) : 0) * 1_000_000
        return true
    }

    /// Sends back what comes through a tunnel, until its last byte or its end.
    private func echo() -> Bool {
        if endpoint.received.isEmpty, endpoint.ending == nil { return false }
        let isLast = endpoint.received.contains(RandomPlan.tunnelEnd) || endpoint.ending != nil
        if isLast { answer?.end = .close }
        endpoint.outgoing = endpoint.received
        endpoint.received = []
        return true
    }

    /// Answers the next request: if all of it is there, or its head, now and then.
    private func answerNext() -> Bool {
        guard !endpoint.received.isEmpty else { return false }
        switch WireMessage.parse(endpoint.received, .request) {
        case .incomplete(let head):
            guard let head, !hasConsideredEarly else { return false }
            hasConsideredEarly = true
            guard Int.random(in: 0..<4, using: &random) == 0 else { return false }
            hasAnsweredEarly = true
            begin(head)
        case .invalid(let why):
            book.violations.append("the origin got \(why)")
            endpoint.close()
            hasEnded = true
        case .complete(let request):
            if !isReusable, !hasAnsweredEarly {
                book.violations.append("a request on a connection that was over")
            }
            endpoint.received.removeFirst(request.count)
            book.requests[request.words[1], default: []].append(request)
            hasConsideredEarly = false
            if hasAnsweredEarly { hasAnsweredEarly = false } else { begin(request) }
        }
        return true
    }

    private func begin(_ request: WireMessage) {
        let target = request.words[1]
        var answer = FuzzAnswer(
            to: target, request.words[0], wantsTunnel: !request["Upgrade"].isEmpty, using: &random)
        answer.isEarly = hasAnsweredEarly
        book.answers[target, default: []].append(answer)
        isReusable = answer.isReusable
        left = (answer.bytes + answer.surplus)[...]
        nextPiece = kernel.now + answer.delay
        self.answer = answer
    }
}
