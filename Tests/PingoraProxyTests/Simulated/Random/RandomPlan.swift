import TestSupport

/// What a random client says, and what of it may arrive.
struct RandomPlan {
    struct Request {
        let method: String
        let target: String
        let body: [UInt8]
    }

    /// The well-formed requests, in order.
    var requests: [Request] = []
    /// All that is sent.
    var bytes: [UInt8] = []
    /// Whether a byte was changed by chance, so that nobody knows what a reader should make of it.
    var isWild = false
    /// Whether the last of `requests` may be incomplete, or broken in its body.
    var isLastDoubtful = false
    /// Whether what stands behind `requests` must be refused.
    var endsInAttack = false
    /// What goes through the tunnel that the last request asks for; nil if it asks for none. It is
    /// no HTTP, so that it must be refused where the tunnel is not granted.
    var tunnel: [UInt8]?
    /// The last byte of a tunnel's bytes, and no other.
    static let tunnelEnd = UInt8(ascii: "$")

    /// A client whose requests have targets that begin with `prefix`.
    init(_ prefix: String, using random: inout SeededGenerator) {
        let count = Int.random(in: 1...5, using: &random)
        for index in 0..<count where !addRequest("\(prefix)/\(index)", using: &random) { break }
        guard Int.random(in: 0..<8, using: &random) > 0 else {
            upgrade("\(prefix)/tunnel", using: &random)
            return
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2: attack(prefix, using: &random)
        case 3: cut(using: &random)
        case 4: mutate(using: &random)
        default: break
        }
    }

    /// Adds a well-formed request; false if it is the last of its connection.
    private mutating func addRequest(
        _ target: String, using random: inout SeededGenerator
    ) -> Bool {
        let method =
            ["GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "PATCH"]
            .randomElement(using: &random) ?? "GET"
        let extra =
            ["", "", "X-A: b\r\n", "Connection: X-B\r\nX-B: c\r\n", "TE: trailers\r\n"]
            .randomElement(using: &random) ?? ""
        var head = "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\(extra)"
        let isLast = Int.random(in: 0..<8, using: &random) == 0
        if isLast { head += "Connection: close\r\n" }
        var body: [UInt8] = []
        if method == "POST" || method == "PUT" || method == "PATCH" {
            body = Array(Texts.bulk(RandomText.size(4000, using: &random)).utf8)
            if Bool.random(using: &random) {
                bytes += Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body
            } else {
                bytes += Array("\(head)Transfer-Encoding: chunked\r\n\r\n".utf8)
                bytes += RandomText.chunks(body, using: &random)
            }
        } else {
            bytes += Array("\(head)\r\n".utf8)
        }
        requests.append(Request(method: method, target: target, body: body))
        return !isLast
    }

    private mutating func upgrade(_ target: String, using random: inout SeededGenerator) {
        let head = "GET \(target) HTTP/1.1\r\nHost: a\r\n"
        let count = RandomText.size(5000, using: &random)
        let junk = Array("\u{1}\(Texts.bulk(count))\r\n\r\n".utf8) + [RandomPlan.tunnelEnd]
        bytes += Array("\(head)Connection: Upgrade\r\nUpgrade: echo\r\n\r\n".utf8) + junk
        requests.append(Request(method: "GET", target: target, body: []))
        tunnel = junk
    }

    private mutating func attack(_ prefix: String, using random: inout SeededGenerator) {
        let evil = Array("GET /evil HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        if Int.random(in: 0..<3, using: &random) == 0 {
            let target = "\(prefix)/broken"
            let head = "POST \(target) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            let chunks = RandomText.brokenChunks.randomElement(using: &random) ?? ""
            bytes += Array((head + chunks).utf8) + evil
            requests.append(Request(method: "POST", target: target, body: []))
            isLastDoubtful = true
        } else {
            bytes += Array((RandomText.attacks.randomElement(using: &random) ?? "").utf8) + evil
            endsInAttack = true
        }
    }

    /// Stops within the last request or before it.
    private mutating func cut(using random: inout SeededGenerator) {
        bytes.removeLast(Int.random(in: 1...min(bytes.count, 60), using: &random))
        isLastDoubtful = true
    }

    private mutating func mutate(using random: inout SeededGenerator) {
        isWild = true
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
            default: bytes.remove(at: index)
            }
            if bytes.isEmpty { bytes = [0] }
        }
    }
}

/// A client that sends what its plan says, in pieces, and stays until the proxy hangs up.
final class RandomClient: SimulatedParty {
    let endpoint: SimulatedEndpoint
    let plan: RandomPlan
    private let kernel: SimulatedKernel
    private(set) var wakes = Int64.max
    private var left: ArraySlice<UInt8>
    private var nextPiece: Int64 = 0
    private let manner: Manner
    private var hasLeft = false

    private enum Manner { case patient, leaves, resets, halfCloses }

    init(_ endpoint: SimulatedEndpoint, _ plan: RandomPlan, on kernel: SimulatedKernel) {
        (self.endpoint, self.plan, self.kernel) = (endpoint, plan, kernel)
        left = plan.bytes[...]
        let choice = Int.random(in: 0..<12, using: &kernel.random)
        manner =
            choice == 0 ? .leaves : choice == 1 ? .resets : choice == 2 ? .halfCloses : .patient
    }

    var isFinished: Bool { endpoint.ending != nil || hasLeft }
    var complaint: String? { isFinished ? nil : "a client was left hanging" }
    /// Whether it has seen all that the proxy sent.
    var hasSeenAll: Bool { endpoint.ending == .orderly && !hasLeft }

    func step() -> Bool {
        wakes = .max
        guard !hasLeft else { return false }
        var hasMoved = endpoint.receiveOnce()
        if endpoint.isSendingBroken { left = [] }
        if endpoint.outgoing.isEmpty, !left.isEmpty {
            guard kernel.now >= nextPiece else {
                wakes = nextPiece
                return hasMoved
            }
            takePiece()
            if left.isEmpty { leave() }
            hasMoved = true
        }
        if !hasLeft, endpoint.sendOnce() { hasMoved = true }
        return hasMoved
    }

    private func takePiece() {
        let size = Int.random(in: 1...left.count, using: &kernel.random)
        endpoint.outgoing = Array(left.prefix(size))
        left = left.dropFirst(size)
        let isSlow = Int.random(in: 0..<4, using: &kernel.random) == 0
        nextPiece =
            kernel.now + (isSlow ? Int64.random(in: 0...2000, using: &kernel.random) : 0)
            * 1_000_000
    }

    /// Everything has been taken to be sent.
    private func leave() {
        while manner != .patient, endpoint.sendOnce() {}
        switch manner {
        case .patient: return
        case .halfCloses:
            if endpoint.outgoing.isEmpty { endpoint.finishSending() }
            return
        case .leaves: endpoint.close()
        case .resets: endpoint.reset()
        }
        hasLeft = true
    }
}
