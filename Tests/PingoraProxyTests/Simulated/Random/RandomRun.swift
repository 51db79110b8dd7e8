import PingoraCore
import Synchronization
import TestSupport
import Testing

@testable import PingoraProxy

/// One run of random clients against a random origin, and the five invariants (SECURITY.md).
///
/// 1. Of each request at most one reaches an origin, as it was sent.
/// 2. What reaches anybody is written anew: one framing field, no line or field of one hop.
/// 3. What is ambiguous is refused, ends its connection, and no byte of it reaches an origin.
/// 4. A connection is used again only where it is clean.
/// 5. Connections are bounded, what they hold (``HeldMemory``), and the time until nobody is left
///    hanging.
///
/// What an origin gets is checked as it comes; connections are counted, and their buffers seen,
/// after each step. The rest is read from the transcripts at the end: they only grow, so a wrong
/// byte stays in them.
struct RandomRun {
    /// What went over the wires.
    private(set) var transcripts: [[UInt8]] = []
    /// Of all that anybody could see, and of the time it took.
    private(set) var digest = TranscriptDigest()
    private(set) var violations: [String] = []

    /// Whether one system call of the proxy fails in the run, and which.
    private let isFaulty: Bool
    private var fault = "no fault"
    private static let poolSize = 8
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
        let proxy = try SimulatedProxy(logic, on: kernel, poolSize: RandomRun.poolSize)
        chain?.begin(in: proxy, callbacks: callbacks)
        if isFaulty { injectFault(proxy, &kernel.random) }
        let book = OriginBook()
        book.speaksUnasked = !isFaulty
        proxy.makeOrigin = { RandomOrigin($0, book, on: kernel) }
        var clients: [RandomClient] = []
        for index in 0..<Int.random(in: 1...3, using: &kernel.random) {
            let plan = RandomPlan("/c\(index)", using: &kernel.random)
            let client = RandomClient(try proxy.connect(), plan, on: kernel)
            clients.append(client)
            proxy.add(client: client)
        }
        // One of its own and one to the origin for each client, and those in the pool.
        let most = 2 * clients.count + RandomRun.poolSize
        proxy.afterTurn = { [unowned proxy] in
            let count = proxy.loop.connectionCount.load(ordering: .relaxed)
            if count > most { book.violations.append("\(count) connections at once") }
        }
        proxy.run(seconds: 1500)
        violations = proxy.complaints + book.violations
        for (index, client) in clients.enumerated() {
            var wrong = checkRequests(of: client.plan, "/c\(index)/", book)
            // Who is sent a surplus just when it asks can't tell it from the answer.
            if kernel.excusedSends == 0 { wrong += checkResponses(client, book) }
            violations += wrong.map { "client \(index): \($0)" }
        }
        let endpoints = (proxy.clients + proxy.originPeers).map(\.endpoint)
        transcripts = endpoints.map(\.transcript)
        for endpoint in endpoints { digest.add(endpoint) }
        digest.add(UInt64(kernel.now))
        digest.add(UInt64(kernel.eventCount))
        if kernel.wrongSends > 0 {
            violations.append("a connection was used that was known to be over")
        }
        if proxy.originPeers.contains(where: { $0.endpoint.transcript.holdsEvil }) {
            violations.append("an attack reached the origin")
        }
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
        var seenTargets: Set<String> = []
        var wrong: [String] = []
        for seen in book.requests where seen.words[1].hasPrefix(prefix) {
            let target = seen.words[1]
            guard let index = plan.requests.firstIndex(where: { $0.target == target }) else {
                wrong.append("\(target) was never asked for")
                continue
            }
            let sent = plan.requests[index]
            let mayComeAgain = !["POST", "PATCH"].contains(sent.method)
            let isFirst = seenTargets.insert(target).inserted
            if index < last, !isFirst || !book.hasSpokenUnasked {
                wrong.append("\(target) too late")
            } else if !isFirst, !mayComeAgain {
                wrong.append("\(target) twice")
            }
            if seen.words[0] != sent.method || seen.body != sent.body {
                wrong.append("\(target) was changed on its way")
            }
            let options = seen["Connection"].filter { $0.lowercased() != "upgrade" }
            if !seen["X-B"].isEmpty || !options.isEmpty {
                wrong.append("\(target) has fields of another hop")
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
        if plan.endsInAttack, !isCut { return ["an attack was not refused"] }
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

extension [UInt8] {
    /// Whether a part of an attack is in it.
    fileprivate var holdsEvil: Bool {
        withUnsafeBufferPointer { bytes in
            var rest = bytes[...]
            while let start = rest.firstIndex(of: UInt8(ascii: "e")) {
                rest = rest[start...]
                if rest.starts(with: "evil".utf8) { return true }
                rest = rest.dropFirst()
            }
            return false
        }
    }
}
