/// One thing a scripted peer does. Texts are what goes over the wire; `{date}` in an expected one
/// stands for any date.
public enum ScriptStep: Sendable {
    case send(String)
    /// Exactly this must come next.
    case receive(String)
    /// A chunked body must come next, with this payload and these trailer lines, cut into chunks
    /// at will.
    case receiveChunked(String, trailers: String = "")
    /// The other side ends its direction, after nothing else.
    case receiveEnd
    /// The connection is reset; what came before is the beginning of this.
    case receiveCut(of: String)
    /// The connection is reset; what came before is the beginning of this head with a chunked
    /// body, whose end did not come.
    case receiveCutChunks(String)
    case finishSending
    case close
    case reset
    /// Does nothing, and reads nothing.
    case pause(seconds: Double)
    /// Sends one byte a second until something comes back.
    case drip(String)
}

extension ScriptStep {
    /// The bytes that the step expects.
    fileprivate var pattern: [UInt8] {
        switch self {
        case .receive(let text), .receiveCut(let text), .receiveCutChunks(let text):
            WireText.pattern(text)
        default: []
        }
    }
}

/// One end of a connection that follows a script, to the byte.
public final class ScriptedPeer: SimulatedParty {
    public let name: String
    public let endpoint: SimulatedEndpoint
    private let kernel: SimulatedKernel
    private var steps: ArraySlice<ScriptStep>
    private var hasBegunStep = false
    /// What the step at hand expects, and how much of it has been compared.
    private var pattern: [UInt8] = []
    private var compared = 0
    /// When it wants to be called again though nothing came.
    public private(set) var wakes = Int64.max
    /// What did not go as it should have.
    public private(set) var failure: String?

    public init(
        _ name: String, _ endpoint: SimulatedEndpoint, _ script: [ScriptStep],
        on kernel: SimulatedKernel
    ) {
        self.name = name
        self.endpoint = endpoint
        self.kernel = kernel
        steps = script[...]
    }

    /// Whether the script is over, well or not.
    public var isFinished: Bool { steps.isEmpty || failure != nil }

    /// What is wrong with the run as it stands; nil if the script was followed to its end.
    public var complaint: String? {
        if let failure { return "\(name): \(failure)" }
        guard let step = steps.first else { return nil }
        let got = String(decoding: endpoint.received, as: UTF8.self)
        return "\(name) hangs in \(step), got so far: \(got.debugDescription)"
    }

    /// Adds to the script.
    public func then(_ more: [ScriptStep]) {
        steps += more
    }

    private enum Progress {
        case done, moved, stuck
    }

    /// Follows the script as far as it goes; true if anything moved.
    public func step() -> Bool {
        var hasMoved = false
        wakes = .max
        while failure == nil, let step = steps.first {
            switch progress(step) {
            case .stuck: return hasMoved
            case .moved: break
            case .done:
                steps.removeFirst()
                hasBegunStep = false
            }
            hasMoved = true
            // The proxy may get its turn between any two of our calls.
            if kernel.cutsShort, UInt8.random(in: 0..<4, using: &kernel.random) == 0 { break }
        }
        return hasMoved
    }

    private func progress(_ step: ScriptStep) -> Progress {
        if !hasBegunStep { (pattern, compared) = (step.pattern, 0) }
        defer { hasBegunStep = true }
        switch step {
        case .send(let text): return send(Array(text.utf8))
        case .receive: return receive()
        case .receiveChunked(let text, let trailers): return receiveChunked(text, trailers)
        case .receiveEnd: return receiveEnd()
        case .receiveCut: return receiveCut()
        case .receiveCutChunks: return receiveCutChunks()
        case .finishSending: endpoint.finishSending()
        case .close: endpoint.close()
        case .reset: endpoint.reset()
        case .pause(let seconds): return pause(seconds)
        case .drip(let text): return drip(Array(text.utf8))
        }
        return .done
    }

    private func send(_ bytes: [UInt8]) -> Progress {
        if !hasBegunStep { endpoint.outgoing = bytes }
        if endpoint.outgoing.isEmpty { return .done }
        if endpoint.sendOnce() { return .moved }
        return endpoint.receiveOnce() ? .moved : .stuck
    }

    private func receive() -> Progress {
        guard WireText.agrees(endpoint.received, with: pattern, from: compared) else {
            return fail("expected \(WireText.shown(pattern))")
        }
        compared = min(endpoint.received.count, pattern.count)
        if endpoint.received.count >= pattern.count {
            endpoint.received.removeFirst(pattern.count)
            return .done
        }
        if endpoint.ending != nil { return fail("the end before \(WireText.shown(pattern))") }
        return endpoint.receiveOnce() ? .moved : .stuck
    }

    private func receiveChunked(_ text: String, _ trailers: String) -> Progress {
        switch ChunkedText.parse(endpoint.received) {
        case .incomplete:
            if endpoint.ending != nil { return fail("the end within chunks") }
            return endpoint.receiveOnce() ? .moved : .stuck
        case .invalid(let why): return fail(why)
        case .complete(let payload, let lines, let count):
            guard payload == Array(text.utf8), lines == Array(trailers.utf8) else {
                return fail("expected the chunked body \(text), trailers \(trailers)")
            }
            endpoint.received.removeFirst(count)
            return .done
        }
    }

    private func receiveEnd() -> Progress {
        guard endpoint.received.isEmpty else { return fail("expected an end") }
        switch endpoint.ending {
        case .orderly: return .done
        case .reset: return fail("expected an end, not a reset")
        case nil: return endpoint.receiveOnce() ? .moved : .stuck
        }
    }

    private func receiveCut() -> Progress {
        guard WireText.agrees(endpoint.received, with: pattern, from: compared),
            endpoint.received.count <= pattern.count
        else { return fail("expected a part of \(WireText.shown(pattern))") }
        compared = endpoint.received.count
        switch endpoint.ending {
        case .orderly: return fail("expected a reset, not an orderly end")
        case .reset:
            endpoint.received = []
            return .done
        case nil: return endpoint.receiveOnce() ? .moved : .stuck
        }
    }

    private func receiveCutChunks() -> Progress {
        if endpoint.ending == nil { return endpoint.receiveOnce() ? .moved : .stuck }
        let body = Array(endpoint.received.dropFirst(pattern.count))
        guard WireText.agrees(endpoint.received, with: pattern), endpoint.ending == .reset,
            case .incomplete = ChunkedText.parse(body)
        else { return fail("expected a reset within chunks") }
        endpoint.received = []
        return .done
    }

    private var waitEnd = Int64.max

    private func pause(_ seconds: Double) -> Progress {
        if !hasBegunStep { waitEnd = kernel.now + Int64(seconds * 1e9) }
        if kernel.now >= waitEnd { return .done }
        wakes = waitEnd
        return .stuck
    }

    private func drip(_ bytes: [UInt8]) -> Progress {
        if !hasBegunStep { (endpoint.outgoing, waitEnd) = ([], kernel.now) }
        if endpoint.receiveOnce() { return .moved }
        if !endpoint.received.isEmpty || endpoint.ending != nil { return .done }
        if kernel.now >= waitEnd {
            let passed = dripped
            dripped += 1
            waitEnd = kernel.now + 1_000_000_000
            endpoint.outgoing.append(bytes[passed % bytes.count])
        }
        if endpoint.sendOnce() { return .moved }
        wakes = waitEnd
        return .stuck
    }

    private var dripped = 0

    private func fail(_ what: String) -> Progress {
        failure = "\(what), got \(WireText.shown(endpoint.received))"
        return .moved
    }
}
