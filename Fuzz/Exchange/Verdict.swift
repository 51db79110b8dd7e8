import PingoraHTTP

@testable import TestSupport

/// What is wrong with what one client got.
///
/// Whatever was sent by whom: a sequence of well-formed answers, no more of them than there were
/// requests, nothing of another client's, nobody's surplus, and a body that was cut is seen to be.
struct Verdict {
    private let client: FuzzClient
    private let book: FuzzBook
    private let reading: RequestReading
    /// Final answers so far.
    private(set) var answered = 0
    private(set) var violation: String?

    /// What a proxy may answer by itself.
    private static let own = [400, 405, 408, 413, 414, 417, 431, 500, 501, 502, 503, 504, 505]

    init(_ client: FuzzClient, _ book: FuzzBook) {
        (self.client, self.book) = (client, book)
        reading = RequestReading(client.sent)
        violation = readAnswers() ?? (client.plan.isWild ? nil : checkRequests())
    }

    private mutating func readAnswers() -> String? {
        var rest = client.endpoint.transcript
        var mustEnd = false
        let endsInOrder = client.endpoint.ending == .orderly
        while !rest.isEmpty {
            if mustEnd { return "bytes behind the last answer: \(WireText.shown(rest))" }
            let request = answered < reading.requests.count ? reading.requests[answered] : nil
            let kind = WireMessage.Kind.response(toHead: request?.method == "HEAD")
            switch WireMessage.parse(rest, kind, isEnd: endsInOrder) {
            case .invalid(let why): return why
            case .incomplete:
                let isCut = !client.hasSeenAll
                return isCut ? nil : "a cut that looks like an end: \(WireText.shown(rest))"
            case .complete(let answer):
                rest.removeFirst(answer.count)
                if answer.status == 101 { return checkTunnel(rest) }
                if let wrong = check(answer, request) { return wrong }
                guard answer.status >= 200 else { continue }
                answered += 1
                mustEnd = answer["Connection"].contains("close") || answer.isUntilClose
            }
        }
        return mustEnd ? nil : checkCount()
    }

    /// Whether all is answered, where nothing was cut or refused.
    ///
    /// Behind an early answer the rest of its request may be left unread, and so may what follows.
    /// Who does not read may find that an answer was given up.
    private func checkCount() -> String? {
        let plan = client.plan
        guard !plan.isWild, !plan.isLastDoubtful, client.hasSeenAll,
            client.sent.count == plan.bytes.count
        else { return nil }
        let answers = plan.requests.flatMap { book.answers[$0.target] ?? [] }
        guard !answers.contains(where: \.isEarly), client.readsAtOnce else { return nil }
        if answered < plan.requests.count {
            return "\(answered) of \(plan.requests.count) requests were answered"
        }
        guard plan.endsInAttack else { return nil }
        return "an attack was not refused: \(WireText.shown(Array(plan.bytes.suffix(200)))), "
            + "\(WireText.shown(client.endpoint.transcript))"
    }

    private func check(_ answer: WireMessage, _ request: RequestReading.Request?) -> String? {
        if answer["X-For"].contains("surplus") { return "an answer that nobody asked for" }
        guard answer.status >= 200 else {
            guard let request, request.version == .http11 else {
                return "an interim answer to \(request.map(\.method) ?? "nothing")"
            }
            return nil
        }
        let isOwn =
            Verdict.own.contains(answer.status) && answer["Connection"] == ["close"]
            && answer.body.isEmpty
        guard request != nil else {
            return isOwn && reading.hasRest && answered == reading.requests.count
                ? nil : "an answer to nothing: \(answer.startLine)"
        }
        return isOwn ? nil : checkOrigin(of: answer)
    }

    /// An answer of an origin is that to the client's own request, whole and to the byte.
    private func checkOrigin(of answer: WireMessage) -> String? {
        let plan = client.plan
        let target: String
        if plan.isWild {
            // Its target may be anything; where the answer names it, the body must be right.
            guard answer["X-For"].count == 1 else { return nil }
            target = answer["X-For"][0]
        } else {
            guard answered < plan.requests.count else { return "an answer to an attack" }
            target = plan.requests[answered].target
        }
        let answers = book.answers[target] ?? []
        func isAnswer(_ sent: FuzzAnswer) -> Bool {
            let reading = AnswerReading(sent)
            return reading.status == answer.status && reading.payload == answer.body
        }
        if answers.contains(where: isAnswer) { return nil }
        // What stands in X-For may itself come from a mutation, of either side.
        if plan.isWild, answers.isEmpty || book.wildAnswers.contains(where: isAnswer) {
            return nil
        }
        let shown = answers.map { "\($0.end) after \(WireText.shown($0.bytes))" }
        return "\(target): not what the origin sent: \(answer.startLine), "
            + "\(answer.body.count) bytes, of \(shown)"
    }

    /// What comes back through a tunnel is what went in.
    private func checkTunnel(_ bytes: [UInt8]) -> String? {
        guard !client.plan.isWild else { return nil }
        guard let tunnel = client.plan.tunnel, answered == client.plan.requests.count - 1 else {
            return "a tunnel that nobody asked for"
        }
        guard tunnel.starts(with: bytes) else { return "wrong bytes in a tunnel" }
        let isWhole = bytes.count == tunnel.count || !client.hasSeenAll
        return isWhole || client.sent.count < client.plan.bytes.count
            ? nil : "\(bytes.count) of \(tunnel.count) bytes in a tunnel"
    }

    /// One request in, at most one request out, as it was sent. Nothing else is known to have come
    /// from this client, since no other target begins as its own do.
    private func checkRequests() -> String? {
        for sent in client.plan.requests {
            let target = sent.target
            let seen = book.requests[target] ?? []
            let mayComeAgain = !["POST", "PATCH"].contains(sent.method)
            if seen.count > 1, !mayComeAgain { return "\(sent.method) \(target) came twice" }
            if !seen.isEmpty, target.hasSuffix("broken") { return "a broken body was completed" }
            for request in seen {
                if request.words[0] != sent.method || request.body != sent.body {
                    return "\(target) was changed on its way: \(request.startLine), "
                        + "\(request.body.count) bytes for \(sent.method) of \(sent.body.count)"
                }
                if !request["X-B"].isEmpty { return "\(target) has fields of another hop" }
            }
        }
        return nil
    }
}
