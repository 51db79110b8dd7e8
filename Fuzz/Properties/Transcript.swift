import PingoraHTTP

/// What PingoraHTTP makes of one direction of a connection, as lines of text with offsets.
///
/// It acts as a proxy would: a head is read, its body is framed and taken off, and so on until the
/// bytes end, an error comes or the connection can't be used any more. How the bytes were cut does
/// not show in the lines.
public struct Transcript {
    private enum Phase {
        case head
        case length(left: Int)
        case chunked
        case untilClose
        case over
    }

    private let kind: StreamKind
    private var requests = RequestParser()
    private var responses = ResponseParser()
    private var request = RequestHead()
    private var response = ResponseHead()
    private var decoder = ChunkedDecoder()
    private var phase = Phase.head
    private var isPersistent = true
    /// Where what is not dealt with begins, and where the body did.
    private var position = 0
    private var bodyStart = 0
    /// Payload that is not written down yet, because more of it may follow.
    private var payload: Range<Int>?
    private var lines: [String] = []

    private init(_ kind: StreamKind) {
        self.kind = kind
    }

    /// The lines for `bytes`, of which first `ends[0]` come, then those up to `ends[1]`...
    public static func of(_ bytes: [UInt8], as kind: StreamKind, ends: [Int]) -> [String] {
        var transcript = Transcript(kind)
        for end in ends {
            // Looks again at what an event left, as a read loop does.
            while transcript.advance(bytes.span.extracting(0..<end)) {}
        }
        transcript.finish(bytes.count)
        return transcript.lines
    }

    /// Deals with what stands at `position`; false if more must come first.
    private mutating func advance(_ bytes: borrowing Span<UInt8>) -> Bool {
        guard position < bytes.count else { return false }
        let rest = bytes.extracting(position..<bytes.count)
        do {
            switch phase {
            case .head: return try readHead(rest)
            case .length(let left):
                let count = min(left, rest.count)
                addPayload(position..<position + count)
                position += count
                phase = .length(left: left - count)
                if left == count { endBody() }
            case .chunked: return try readChunks(rest)
            case .untilClose:
                addPayload(position..<bytes.count)
                position = bytes.count
            case .over: return false
            }
            return true
        } catch {
            fail(error)
            return false
        }
    }

    private mutating func fail(_ error: ParseError) {
        flushPayload()
        var start = position
        if case .chunked = phase { start = bodyStart }
        let status =
            if case .responses = kind { StatusCode.badGateway } else { error.suggestedStatus }
        lines.append("off=\(start + error.offset) \(error.rule.rawValue), status \(status)")
        // Nothing behind an error is looked at.
        (phase, isPersistent, position) = (.over, false, .max)
    }

    private mutating func finish(_ count: Int) {
        flushPayload()
        switch phase {
        case .head where position < count: lines.append("off=\(count) incomplete head")
        case .head: break
        case .length, .chunked: lines.append("off=\(count) incomplete body")
        case .untilClose: lines.append("off=\(count) end, with the connection")
        case .over where position < count:
            lines.append("off=\(position) unread \(count - position)")
        case .over: break
        }
    }
}

// MARK: Heads

extension Transcript {
    private mutating func readHead(_ rest: borrowing Span<UInt8>) throws(ParseError) -> Bool {
        switch kind {
        case .requests:
            guard let size = try requests.parse(rest, into: &request) else { return false }
            note("request", request.serialized())
            let framing = try BodyFraming.of(
                request.fields, version: request.version, message: .request)
            isPersistent = Persistence.allows(request.fields, version: request.version)
            begin(framing, size, HopByHopFields.isUpgrade(request) ? " upgrade" : "")
        case .responses(let method):
            guard let size = try responses.parse(rest, into: &response) else { return false }
            note("response", response.serialized())
            let message = MessageKind.response(status: response.status, requestMethod: method)
            let framing = try BodyFraming.of(
                response.fields, version: response.version, message: message)
            isPersistent = Persistence.allows(response.fields, version: response.version)
            begin(framing, size, response.status == .switchingProtocols ? " tunnel" : "")
        case .forwarding:
            guard let size = try requests.parse(rest, into: &request) else { return false }
            note("forwarded", forwarded(request).serialized())
            position += size
            phase = .over
        }
        return true
    }

    /// The head as the gateway sends it on.
    private func forwarded(_ request: RequestHead) -> RequestHead {
        var copy = RequestHead()
        copy.copy(from: request)
        HopByHopFields.remove(from: &copy.fields)
        if HopByHopFields.isUpgrade(request) {
            HopByHopFields.copyUpgrade(from: request.fields, to: &copy.fields)
        }
        let address = Array("192.0.2.1".utf8)
        ForwardedFields.set(on: &copy.fields, address: address.span, scheme: "http")
        ForwardedFields.appendVia("pingora", to: &copy.fields)
        return copy
    }

    private mutating func note(_ event: String, _ head: [UInt8]?) {
        guard let head else { return lines.append("off=\(position) \(event) can't be sent") }
        let all = HTTPProperties.lines(head).map(escaped)
        lines.append("off=\(position) \(event) \(all.first ?? "")")
        lines += all.dropFirst().map { "  \($0)" }
    }

    private mutating func begin(_ framing: BodyFraming, _ size: Int, _ mark: String) {
        position += size
        bodyStart = position
        let connection = isPersistent ? "keep-alive" : "close"
        lines.append("off=\(position) body=\(framing) connection=\(connection)\(mark)")
        switch framing {
        case .none, .length(0): endMessage()
        case .length(let count): phase = .length(left: count)
        case .chunked:
            decoder.reset()
            phase = .chunked
        case .untilClose: phase = .untilClose
        }
    }
}

// MARK: Bodies

extension Transcript {
    private mutating func readChunks(_ rest: borrowing Span<UInt8>) throws(ParseError) -> Bool {
        switch try decoder.next(rest) {
        case .needsMore(let consumed):
            position += consumed
            return false
        case .data(let offset, let count):
            position += offset + count
            addPayload(position - count..<position)
        case .end(let consumed):
            position += consumed
            flushPayload()
            let trailers = ChunkedEncoder.end(isFirst: true, trailers: decoder.trailers) ?? []
            lines += HTTPProperties.lines(trailers).dropFirst().map { "  \(escaped($0))" }
            endBody()
        }
        return true
    }

    private mutating func addPayload(_ range: Range<Int>) {
        if let payload, payload.upperBound == range.lowerBound {
            self.payload = payload.lowerBound..<range.upperBound
        } else {
            flushPayload()
            payload = range
        }
    }

    private mutating func flushPayload() {
        guard let payload else { return }
        lines.append("off=\(payload.lowerBound) data \(payload.count)")
        self.payload = nil
    }

    private mutating func endBody() {
        flushPayload()
        lines.append("off=\(position) end")
        endMessage()
    }

    private mutating func endMessage() {
        switch kind {
        case .responses: phase = response.status.isInterim ? .head : .over
        default: phase = isPersistent ? .head : .over
        }
    }
}
