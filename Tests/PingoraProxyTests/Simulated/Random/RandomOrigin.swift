import TestSupport

/// What all connections to a random origin have seen and done, over a whole run.
final class OriginBook {
    /// Complete requests, in the order in which they came.
    var requests: [WireMessage] = []
    /// Whether each request was answered in full, by target.
    var intentions: [String: Answer] = [:]
    var violations: [String] = []
    /// Only well-behaved answers, for runs in which something else is to fail.
    var isTame = false
    /// Whether origins say more than they were asked. Where a send of the proxy may fail, nobody
    /// can tell whether it had begun another request before.
    var speaksUnasked = true
    /// Whether one has: what it said may have crossed a request on its way, for whose answer the
    /// proxy can only take it, so that the client's next request may be there first.
    var hasSpokenUnasked = false

    /// An answer of the origin to one request.
    struct Answer {
        var bytes: [UInt8] = []
        /// What a client that gets all of it must see.
        var body: [UInt8] = []
        /// Whether the message is complete and valid.
        var isWhole = true
        /// Whether the connection may carry another request.
        var isReusable = true
        var end = End.none
        /// What is sent behind it, though nobody asked.
        var surplus = Surplus.none

        /// When the surplus comes: with the last byte of the answer, or when nothing else is on
        /// its way any more.
        enum Surplus { case none, atOnce, late }
        enum End { case none, close, reset, stall, tunnel }
    }
}

/// One connection to an origin that answers well, badly, late or not at all, as a seed says.
final class RandomOrigin: SimulatedParty {
    let endpoint: SimulatedEndpoint
    private let kernel: SimulatedKernel
    private let book: OriginBook
    private var isReusable = true
    private var end = OriginBook.Answer.End.none
    private var hasEnded = false
    private var surplus = OriginBook.Answer.Surplus.none
    /// The last byte of an answer, which leaves together with the surplus.
    private var lastByte: UInt8?
    let wakes = Int64.max

    init(_ endpoint: SimulatedEndpoint, _ book: OriginBook, on kernel: SimulatedKernel) {
        (self.endpoint, self.book, self.kernel) = (endpoint, book, kernel)
    }

    var isFinished: Bool { endpoint.outgoing.isEmpty }
    var complaint: String? { nil }

    func step() -> Bool {
        var hasMoved = endpoint.receiveOnce()
        if endpoint.sendOnce() { hasMoved = true }
        guard endpoint.outgoing.isEmpty, !hasEnded, end != .stall else { return hasMoved }
        if surplus != .none { return sendSurplus() || hasMoved }
        switch end {
        case .tunnel: return echo() || hasMoved
        case .close:
            if isReusable, book.speaksUnasked { endpoint.sayFarewell(surplus: 0) }
            endpoint.close()
        case .reset: endpoint.reset()
        case .none, .stall: return answerNext() || hasMoved
        }
        hasEnded = true
        return true
    }

    /// Sends an answer that nobody asked for. The connection is over then, as soon as the proxy
    /// can know of those bytes.
    private func sendSurplus() -> Bool {
        let isLate = surplus == .late
        if isLate {
            // A request that is on its way has been sent in good faith: no surplus then.
            guard endpoint.received.isEmpty, !endpoint.hasUnread, endpoint.ending == nil else {
                surplus = .none
                return true
            }
            guard Int.random(in: 0..<4, using: &kernel.random) == 0 else { return true }
        }
        let bytes = (lastByte.map { [$0] } ?? []) + Array(RandomText.surplus.utf8)
        endpoint.outgoing = bytes
        guard endpoint.sendOnce() else {
            endpoint.outgoing = []
            return false
        }
        surplus = .none
        let surplusCount = bytes.count - endpoint.outgoing.count - (lastByte == nil ? 0 : 1)
        if surplusCount > 0 {
            endpoint.sayFarewell(surplus: surplusCount)
            book.hasSpokenUnasked = true
        }
        endpoint.outgoing = []
        lastByte = nil
        return true
    }

    /// Sends back what comes through a tunnel, until its last byte or its end.
    private func echo() -> Bool {
        if endpoint.received.isEmpty, endpoint.ending == nil { return false }
        if endpoint.received.contains(RandomPlan.tunnelEnd) || endpoint.ending != nil {
            end = .close
        }
        endpoint.outgoing = endpoint.received
        endpoint.received = []
        return true
    }

    /// Answers the next request, if all of it is there.
    private func answerNext() -> Bool {
        switch WireMessage.parse(endpoint.received, .request) {
        case .incomplete: return false
        case .invalid(let why):
            book.violations.append("the origin got \(why)")
            end = .close
            return true
        case .complete(let request):
            if !isReusable { book.violations.append("a request on a connection that was over") }
            endpoint.received.removeFirst(request.count)
            book.requests.append(request)
            let answer = makeAnswer(to: request)
            book.intentions[request.words[1]] = answer
            endpoint.outgoing = answer.bytes
            (isReusable, end, surplus) = (answer.isReusable, answer.end, answer.surplus)
            if surplus == .atOnce { lastByte = endpoint.outgoing.popLast() }
            return true
        }
    }

    private func makeAnswer(to request: WireMessage) -> OriginBook.Answer {
        let target = request.words[1]
        var answer = OriginBook.Answer()
        let count = RandomText.size(3000, using: &kernel.random)
        answer.body = Array("\(target)|\(Texts.bulk(count))".utf8)
        let head = "HTTP/1.1 200 OK\r\nX-For: \(target)\r\n"
        if request.words[0] == "HEAD" {
            answer.bytes = Array("\(head)Content-Length: \(count)\r\n\r\n".utf8)
            answer.body = []
            return answer
        }
        if !request["Upgrade"].isEmpty, Bool.random(using: &kernel.random) {
            let head = "HTTP/1.1 101 Switching Protocols\r\nX-For: \(target)\r\n"
            answer.bytes = Array("\(head)Connection: upgrade\r\nUpgrade: echo\r\n\r\n".utf8)
            (answer.body, answer.isReusable, answer.end) = ([], false, .tunnel)
            return answer
        }
        var kind = book.isTame ? 0 : Int.random(in: 0..<20, using: &kernel.random)
        // A bad 101 would be a good one here.
        if kind == 13, !request["Upgrade"].isEmpty { kind = 14 }
        switch kind {
        case 0...4: write(head, length: answer.body.count, &answer)
        case 5...6: writeChunked(head, &answer)
        case 7:
            answer.bytes = Array("HTTP/1.1 103 Early Hints\r\nX-For: \(target)\r\n\r\n".utf8)
            write(head, length: answer.body.count, &answer)
        case 8:
            answer.bytes = Array((head + "\r\n").utf8) + answer.body
            (answer.isReusable, answer.end) = (false, .close)
        case 9:
            write(head + "Connection: close\r\n", length: answer.body.count, &answer)
            answer.isReusable = false
        case 10:
            answer.bytes = Array("HTTP/1.1 204 No Content\r\nX-For: \(target)\r\n\r\n".utf8)
            answer.body = []
        case 16:
            // Without a word: the next request may already be on its way.
            write(head, length: answer.body.count, &answer)
            answer.end = .close
        case 17...18:
            writeAnyhow(head, &answer)
            if book.speaksUnasked { answer.surplus = .atOnce }
        case 19:
            writeAnyhow(head, &answer)
            if book.speaksUnasked { answer.surplus = .late }
        default: spoil(head, kind, &answer)
        }
        return answer
    }

    private func write(_ head: String, length: Int, _ answer: inout OriginBook.Answer) {
        answer.bytes += Array("\(head)Content-Length: \(length)\r\n\r\n".utf8) + answer.body
    }

    private func writeAnyhow(_ head: String, _ answer: inout OriginBook.Answer) {
        guard Bool.random(using: &kernel.random) else { return writeChunked(head, &answer) }
        write(head, length: answer.body.count, &answer)
    }

    private func writeChunked(_ head: String, _ answer: inout OriginBook.Answer) {
        answer.bytes = Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8)
        answer.bytes += RandomText.chunks(answer.body, using: &kernel.random)
    }

    /// Answers that are no whole message.
    private func spoil(_ head: String, _ kind: Int, _ answer: inout OriginBook.Answer) {
        (answer.isWhole, answer.isReusable) = (false, false)
        switch kind {
        case 11:
            write(head, length: answer.body.count + 7, &answer)
            answer.end = Bool.random(using: &kernel.random) ? .close : .reset
        case 12:
            writeChunked(head, &answer)
            answer.bytes.removeLast(2)
            answer.end = .close
        case 13:
            answer.bytes = Array(RandomText.badResponse(using: &kernel.random).utf8)
            answer.end = .close
        case 14: answer.end = Bool.random(using: &kernel.random) ? .close : .reset
        default: answer.end = .stall
        }
    }
}
