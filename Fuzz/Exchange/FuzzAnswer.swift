import TestSupport

/// What an origin sends in answer to one request, and what it does then.
struct FuzzAnswer {
    let target: String
    let method: String
    var bytes: [UInt8] = []
    var end = End.none
    /// Whether the connection may carry another request.
    var isReusable = true
    /// Whether it came before the end of the request.
    var isEarly = false
    /// Whether its bytes were changed by chance.
    var isWild = false
    /// Sent behind it, together with its last byte, though nobody asked.
    var surplus: [UInt8] = []
    /// Virtual nanoseconds until its first byte.
    var delay: Int64 = 0

    enum End { case none, close, reset, stall, tunnel }

    /// An answer that nobody asked for.
    private static let surplusText =
        "HTTP/1.1 200 OK\r\nX-For: surplus\r\nContent-Length: 4\r\n\r\nevil"

    /// An answer to a request of this method and target; `wantsTunnel`: to another protocol.
    init(
        to target: String, _ method: String, wantsTunnel: Bool,
        using random: inout SeededGenerator
    ) {
        (self.target, self.method) = (target, method)
        if wantsTunnel, Bool.random(using: &random) {
            let head = "HTTP/1.1 101 Switching Protocols\r\nX-For: \(target)\r\n"
            bytes = Array("\(head)Connection: upgrade\r\nUpgrade: echo\r\n\r\n".utf8)
            (isReusable, end) = (false, .tunnel)
            return
        }
        compose(using: &random)
        if Int.random(in: 0..<8, using: &random) == 0 {
            delay = Int64.random(in: 0...2_500_000_000, using: &random)
        }
        guard Int.random(in: 0..<5, using: &random) == 0, !bytes.isEmpty else { return }
        Mutation.apply(to: &bytes, using: &random)
        (isWild, isReusable, surplus) = (true, false, [])
        if end == .none { end = [.close, .reset, .stall].randomElement(using: &random) ?? .close }
    }

    private mutating func compose(using random: inout SeededGenerator) {
        let head = "HTTP/1.1 200 OK\r\nX-For: \(target)\r\n"
        let body = makeBody(using: &random)
        switch Int.random(in: 0..<24, using: &random) {
        case 0...4: write(head, body, length: body.count)
        case 5...7: writeChunked(head, body, using: &random)
        case 8:
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let status =
                    ["100 Continue", "102 Processing", "103 Early Hints", "199 "]
                    .randomElement(using: &random) ?? ""
                bytes += Array("HTTP/1.1 \(status)\r\nX-For: \(target)\r\n\r\n".utf8)
            }
            write(head, body, length: body.count)
        case 9:
            bytes = Array((head + "\r\n").utf8) + carried(body)
            (isReusable, end) = (false, .close)
        case 10:
            bytes = Array((head + "\r\n").utf8) + carried(body)
            (isReusable, end) = (false, Bool.random(using: &random) ? .reset : .stall)
        case 11:
            write(head + "Connection: close\r\n", body, length: body.count)
            isReusable = false
        case 12:
            let status = ["204 No Content", "304 Not Modified"].randomElement(using: &random) ?? ""
            bytes = Array("HTTP/1.1 \(status)\r\nX-For: \(target)\r\n\r\n".utf8)
        case 13:
            write(head.replacing("1.1", with: "1.0"), body, length: body.count)
            (isReusable, end) = (false, .close)
        case 14...15:
            // Without a word: the next request may already be on its way.
            write(head, body, length: body.count)
            end = .close
        case 16...17:
            write(head, body, length: body.count)
            surplus = Array(FuzzAnswer.surplusText.utf8)
            isReusable = false
        case 18:
            write(head, body, length: body.count)
            end = .stall
            isReusable = false
        default: spoil(head, body, using: &random)
        }
    }

    /// Answers that are no whole message, or none at all.
    private mutating func spoil(
        _ head: String, _ body: [UInt8], using random: inout SeededGenerator
    ) {
        isReusable = false
        end = [.close, .reset, .stall].randomElement(using: &random) ?? .close
        switch Int.random(in: 0..<4, using: &random) {
        case 0: write(head, body, length: body.count + Int.random(in: 1...9, using: &random))
        case 1:
            writeChunked(head, body, using: &random)
            bytes.removeLast(min(bytes.count, Int.random(in: 1...30, using: &random)))
        case 2:
            bytes = Array(RandomText.badResponse(using: &random).utf8)
            isWild = true
        default: break
        }
    }

    private func makeBody(using random: inout SeededGenerator) -> [UInt8] {
        let isLarge = Int.random(in: 0..<24, using: &random) == 0
        let count = Int.random(in: 0...(isLarge ? 150_000 : 3000), using: &random)
        return Array("\(target)|\(Texts.bulk(count))".utf8)
    }

    private mutating func write(_ head: String, _ body: [UInt8], length: Int) {
        bytes += Array("\(head)Content-Length: \(length)\r\n\r\n".utf8) + carried(body)
    }

    private mutating func writeChunked(
        _ head: String, _ body: [UInt8], using random: inout SeededGenerator
    ) {
        bytes = Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8)
        if method != "HEAD" { bytes += RandomText.chunks(body, using: &random) }
    }

    /// What follows the head: nothing in answer to HEAD.
    private func carried(_ body: [UInt8]) -> [UInt8] { method == "HEAD" ? [] : body }
}

/// What all origins of a round have seen and sent.
final class FuzzBook {
    /// Complete requests, by target.
    var requests: [String: [WireMessage]] = [:]
    /// The answers to a target: of each try, one.
    var answers: [String: [FuzzAnswer]] = [:]
    var violations: [String] = []

    /// Those whose bytes were changed by chance.
    var wildAnswers: [FuzzAnswer] { answers.values.joined().filter(\.isWild) }
}
