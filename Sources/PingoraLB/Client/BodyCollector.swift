import PingoraCore
import PingoraHTTP

/// Gathers the first bytes of a body, without what delimits it. Pure: bytes in, bytes out.
struct BodyCollector {
    private enum State {
        case ended
        case length(left: Int)
        case chunked
        case untilClose
    }

    /// The body so far, at most as many bytes as wanted.
    private(set) var bytes: [UInt8] = []
    private let maximumBytes: Int
    private var state: State
    private var decoder = ChunkedDecoder(limits: .response)
    /// Whether more has come than was wanted.
    private var isCut = false

    /// Gathers up to `maximumBytes` of a body that is delimited by `framing`.
    init(_ framing: BodyFraming, maximumBytes: Int) {
        self.maximumBytes = maximumBytes
        switch framing {
        case .none, .length(0): state = .ended
        case .length(let count): state = .length(left: count)
        case .chunked: state = .chunked
        case .untilClose: state = .untilClose
        }
    }

    /// Whether all of the body is in `bytes`.
    var isWhole: Bool {
        guard case .ended = state else { return false }
        return !isCut
    }

    /// Takes the body's bytes out of `input`; false once it is whole or longer than wanted.
    ///
    /// - Throws: `ParseError` where the chunks are malformed.
    mutating func wantsMore(after input: inout ByteBuffer) throws(ParseError) -> Bool {
        while let count = try findPayload(&input) {
            gather(count, from: &input)
            if isCut { return false }
        }
        return !isWhole
    }

    /// The connection has ended; true if the body is delimited by that.
    mutating func connectionEnded() -> Bool {
        guard case .untilClose = state else { return false }
        state = .ended
        return true
    }

    /// How many bytes of the body stand at the front of `input` now; nil for none.
    private mutating func findPayload(_ input: inout ByteBuffer) throws(ParseError) -> Int? {
        switch state {
        case .ended: return nil
        case .untilClose: return input.isEmpty ? nil : input.count
        case .length(let left):
            guard !input.isEmpty else { return nil }
            let count = min(left, input.count)
            state = count == left ? .ended : .length(left: left - count)
            return count
        case .chunked:
            switch try decoder.next(input.bytes) {
            case .data(let offset, let count):
                input.consume(offset)
                return count
            case .needsMore(let consumed):
                input.consume(consumed)
                return nil
            case .end(let consumed):
                input.consume(consumed)
                state = .ended
                return nil
            }
        }
    }

    private mutating func gather(_ count: Int, from input: inout ByteBuffer) {
        let wanted = min(count, maximumBytes - bytes.count)
        append(input.bytes.extracting(first: wanted))
        input.consume(count)
        isCut = wanted < count
    }

    private mutating func append(_ piece: borrowing Span<UInt8>) {
        // Nothing is reserved: to fit exactly, chunks of a byte would copy the whole each time.
        for index in piece.indices { bytes.append(piece[index]) }
    }
}
