import PingoraCore
import TestSupport
import Testing

/// One run of random clients against a random origin, and what must hold after it.
struct RandomRun {
    /// What went over the wires.
    private(set) var transcripts: [[UInt8]] = []
    private(set) var violations: [String] = []

    init(seed: UInt64) {
        let kernel = SimulatedKernel(seed: seed)
        kernel.socketBuffer = Int.random(in: 512...8192, using: &kernel.random)
        do {
            try kernel.run { try run(on: kernel) }
        } catch {
            violations.append("\(error)")
        }
    }

    private mutating func run(on kernel: SimulatedKernel) throws {
        let proxy = try SimulatedProxy(PlainProxy(), on: kernel)
        let book = OriginBook()
        proxy.makeOrigin = { RandomOrigin($0, book, on: kernel) }
        var clients: [RandomClient] = []
        for index in 0..<Int.random(in: 1...3, using: &kernel.random) {
            let plan = RandomPlan("/c\(index)", using: &kernel.random)
            let client = RandomClient(try proxy.connect(), plan, on: kernel)
            clients.append(client)
            proxy.add(client: client)
        }
        proxy.run(seconds: 1500)
        violations = proxy.complaints + book.violations
        for (index, client) in clients.enumerated() {
            let wrong =
                checkRequests(of: client.plan, "/c\(index)/", book) + checkResponses(client, book)
            violations += wrong.map { "client \(index): \($0)" }
        }
        if book.requests.contains(where: { $0.words[1].contains("evil") }) {
            violations.append("an attack reached the origin")
        }
        transcripts = (proxy.clients + proxy.originPeers).map(\.endpoint.transcript)
        violations += proxy.leaks()
        proxy.stop()
    }

    /// One request in, at most one request out, as it was sent.
    private func checkRequests(
        of plan: RandomPlan, _ prefix: String, _ book: OriginBook
    ) -> [String] {
        guard !plan.isWild else { return [] }
        var last = -1
        var wrong: [String] = []
        for seen in book.requests where seen.words[1].hasPrefix(prefix) {
            let target = seen.words[1]
            guard let index = plan.requests.firstIndex(where: { $0.target == target }) else {
                wrong.append("\(target) was never asked for")
                continue
            }
            let sent = plan.requests[index]
            let mayComeAgain = !["POST", "PATCH"].contains(sent.method)
            if index < last || index == last && !mayComeAgain { wrong.append("\(target) twice") }
            if seen.words[0] != sent.method || seen.body != sent.body {
                wrong.append("\(target) was changed on its way")
            }
            if target.hasSuffix("broken") { wrong.append("a broken body was completed") }
            last = max(last, index)
        }
        return wrong
    }

    /// Every response answers its request, to the byte, or is the proxy's own or a visible cut.
    private func checkResponses(_ client: RandomClient, _ book: OriginBook) -> [String] {
        let plan = client.plan
        guard !plan.isWild else { return [] }
        var rest = client.endpoint.transcript
        var answered = 0
        var mustEnd = false
        while !rest.isEmpty {
            if mustEnd { return ["bytes behind the last response"] }
            let request = answered < plan.requests.count ? plan.requests[answered] : nil
            let isHead = request?.method == "HEAD"
            switch WireMessage.parse(rest, .response(toHead: isHead)) {
            case .invalid(let why): return [why]
            case .incomplete:
                return client.endpoint.ending == .orderly ? ["a cut that looks like an end"] : []
            case .complete(let response):
                rest.removeFirst(response.count)
                if let wrong = check(response, to: request, book) { return [wrong] }
                guard response.status >= 200 else { continue }
                answered += 1
                mustEnd = response["Connection"].contains("close")
            }
        }
        let isCut = mustEnd || !client.hasSeenAll || plan.isLastDoubtful
        if answered < plan.requests.count, !isCut {
            return ["\(answered) of \(plan.requests.count) requests were answered"]
        }
        return []
    }

    private func check(
        _ response: WireMessage, to request: RandomPlan.Request?, _ book: OriginBook
    ) -> String? {
        guard let target = response["X-For"].first else {
            let own = [400, 405, 408, 413, 414, 431, 501, 502, 503, 504, 505]
            guard own.contains(response.status), response["Connection"] == ["close"],
                response.body.isEmpty
            else { return "an answer of nobody: \(response.startLine)" }
            return nil
        }
        guard target == request?.target else {
            return "\(request?.target ?? "nothing") was answered with \(target)"
        }
        guard response.status >= 200 else { return nil }
        guard let intention = book.intentions[target], intention.isWhole else {
            return "\(target): a broken response was mended"
        }
        return response.body == intention.body ? nil : "\(target): wrong bytes"
    }
}
