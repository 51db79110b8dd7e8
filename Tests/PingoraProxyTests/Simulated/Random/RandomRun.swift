import PingoraCore
import TestSupport
import Testing

@testable import PingoraProxy

/// One run of random clients against a random origin, and what must hold after it.
struct RandomRun {
    /// What went over the wires.
    private(set) var transcripts: [[UInt8]] = []
    private(set) var violations: [String] = []

    /// Whether one system call of the proxy fails in the run, and which.
    private let isFaulty: Bool
    private var fault = "no fault"
    /// Whether connections move to other processes now and then.
    private let isMoving: Bool

    init(seed: UInt64, isFaulty: Bool = false, isMoving: Bool = false) {
        (self.isFaulty, self.isMoving) = (isFaulty, isMoving)
        let kernel = SimulatedKernel(seed: seed)
        kernel.socketBuffer = Int.random(in: 512...8192, using: &kernel.random)
        do {
            try kernel.run { try run(on: kernel) }
        } catch {
            violations.append("\(error)")
        }
    }

    private mutating func run(on kernel: SimulatedKernel) throws {
        // Bodies take another way where filters see them.
        if Bool.random(using: &kernel.random) {
            try run(PlainProxy(), callbacks: [], on: kernel)
        } else {
            try run(FilteringProxy(), callbacks: .all, on: kernel)
        }
    }

    private mutating func run<Logic: ProxyHttp>(
        _ logic: Logic, callbacks: Callbacks, on kernel: SimulatedKernel
    ) throws {
        let chain = try isMoving ? RandomMoves.chain(of: logic, on: kernel) : nil
        let proxy = try SimulatedProxy(logic, on: kernel)
        chain?.begin(in: proxy, callbacks: callbacks)
        if isFaulty { injectFault(proxy, &kernel.random) }
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
        chain?.end()
        violations += proxy.leaks() + (chain.map { $0.remains + $0.failures } ?? [])
        proxy.stop()
        if isFaulty, !violations.isEmpty { violations.append(fault) }
    }

    private mutating func injectFault(
        _ proxy: SimulatedProxy, _ random: inout SeededGenerator
    ) {
        // Linux fails a shutdown only where the connection has gone, and SO_LINGER on a socket
        // never: what would follow from that has no right outcome.
        let impossible: Set<FailingKernel.Call> = [.epollControl, .shutdown, .setsockopt]
        let calls = FailingKernel.Call.allCases.filter { !impossible.contains($0) }
        let failing = FailingKernel()
        guard let call = calls.randomElement(using: &random),
            let code = call.plausibleErrors.randomElement(using: &random)
        else { return }
        let number = Int.random(in: 1...40, using: &random)
        failing.fail(call, number: number, with: code)
        fault = "\(call) number \(number) fails with \(code)"
        proxy.around = { turn in failing.run(turn) }
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
            case .incomplete(let head):
                // A head of our own that the kernel did not take in full is seen to be cut.
                let isCut = client.endpoint.ending != .orderly || isFaulty && head == nil
                return isCut ? [] : ["a cut that looks like an end"]
            case .complete(let response):
                rest.removeFirst(response.count)
                if let wrong = check(response, to: request, book) { return [wrong] }
                if response.status == 101 { return checkTunnel(rest, client, answered) }
                guard response.status >= 200 else { continue }
                answered += 1
                mustEnd = response["Connection"].contains("close")
            }
        }
        if rest.isEmpty, isFaulty { return [] }
        let isCut = mustEnd || !client.hasSeenAll || plan.isLastDoubtful
        if answered < plan.requests.count, !isCut {
            return ["\(answered) of \(plan.requests.count) requests were answered"]
        }
        return []
    }

    /// What comes back through a tunnel is what went in.
    private func checkTunnel(
        _ bytes: [UInt8], _ client: RandomClient, _ answered: Int
    ) -> [String] {
        guard let tunnel = client.plan.tunnel, answered == client.plan.requests.count - 1 else {
            return ["a tunnel that nobody asked for"]
        }
        // A tunnel that fails gets a 502 into its bytes; see InterimExchangeTests.
        guard tunnel.starts(with: bytes) || isFaulty else { return ["wrong bytes in a tunnel"] }
        let isWhole = bytes.count == tunnel.count || !client.hasSeenAll || isFaulty
        return isWhole ? [] : ["\(bytes.count) of \(tunnel.count) bytes in a tunnel"]
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
