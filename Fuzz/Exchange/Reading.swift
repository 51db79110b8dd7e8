import PingoraHTTP
import TestSupport

/// What PingoraHTTP makes of all that a client has sent, read in one go and without a proxy.
struct RequestReading {
    struct Request {
        let method: String
        let version: Version
    }

    /// Those whose head is whole and well-formed.
    private(set) var requests: [Request] = []
    /// Whether bytes are left that are no whole request, and that may be answered with a refusal.
    private(set) var hasRest = false

    init(_ bytes: [UInt8]) {
        var head = RequestHead()
        var position = 0
        while position < bytes.count {
            var parser = RequestParser()
            let rest = bytes.span.extracting(position..<bytes.count)
            guard let size = try? parser.parse(rest, into: &head),
                let traits = try? RequestTraits(head)
            else { break }
            requests.append(Request(method: "\(head.method)", version: head.version))
            position += size
            // A tunnel may begin here, and its bytes are no requests; or they are.
            let body = bytes.span.extracting(position..<bytes.count)
            guard let count = Payload.read(body, traits.framing)?.count else { break }
            position += count
        }
        hasRest = position < bytes.count
    }
}

/// What PingoraHTTP makes of an answer of an origin.
struct AnswerReading {
    /// Nil where the final response is not whole.
    private(set) var payload: [UInt8]?
    private(set) var status = 0

    init(_ answer: FuzzAnswer) {
        let bytes = answer.bytes
        var head = ResponseHead()
        var position = 0
        while position < bytes.count {
            var parser = ResponseParser()
            let rest = bytes.span.extracting(position..<bytes.count)
            guard let size = try? parser.parse(rest, into: &head),
                let method = Method(answer.method),
                let traits = try? ResponseTraits(head, to: method)
            else { return }
            position += size
            status = Int(head.status.code)
            if status == 101 {
                payload = []
                return
            }
            if status < 200 { continue }
            let body = bytes.span.extracting(position..<bytes.count)
            if case .untilClose = traits.framing {
                if answer.end == .close { payload = Array(bytes[position...]) }
            } else {
                payload = Payload.read(body, traits.framing)?.bytes
            }
            return
        }
    }
}

/// A body without its framing.
private struct Payload {
    var bytes: [UInt8] = []
    /// How many bytes it took with its framing.
    var count = 0

    /// The body at the front of `span`; nil if it is broken or not whole.
    static func read(_ span: borrowing Span<UInt8>, _ framing: BodyFraming) -> Payload? {
        switch framing {
        case .none: return Payload()
        case .untilClose: return nil
        case .length(let length):
            guard length <= span.count else { return nil }
            return Payload(bytes: copy(span.extracting(0..<length)), count: length)
        case .chunked: return readChunks(span)
        }
    }

    private static func readChunks(_ span: borrowing Span<UInt8>) -> Payload? {
        var decoder = ChunkedDecoder()
        var payload = Payload()
        while true {
            let rest = span.extracting(payload.count..<span.count)
            guard let event = try? decoder.next(rest) else { return nil }
            switch event {
            case .needsMore: return nil
            case .data(let offset, let count):
                payload.bytes += copy(rest.extracting(offset..<offset + count))
                payload.count += offset + count
            case .end(let consumed):
                payload.count += consumed
                return payload
            }
        }
    }

    private static func copy(_ span: borrowing Span<UInt8>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: span.count) { buffer, count in
            for index in span.indices { buffer[index] = span[index] }
            count = span.count
        }
    }
}
