import PingoraCore
import PingoraHTTP

/// Finds the body's bytes in what a connection receives. Pure: framing and bytes in, steps out.
struct BodyReader {
    /// What stands at the front of the input.
    enum Step {
        /// This many payload bytes stand at the front of the input now.
        case payload(Int)
        /// Receive more, then ask again.
        case needsMore
        /// The body is complete; what follows in the input is not part of it.
        case end
    }

    private enum State {
        case ended
        case length(left: Int)
        case chunked
        case untilClose
    }

    private var state = State.ended
    private var decoder: ChunkedDecoder

    /// A reader of bodies whose chunks and trailers are within `limits`.
    init(limits: ParseLimits) {
        decoder = ChunkedDecoder(limits: limits)
    }

    /// Whether the whole body has been found.
    var isAtEnd: Bool { if case .ended = state { true } else { false } }
    /// Whether the body ends where its connection does.
    var endsWithConnection: Bool { if case .untilClose = state { true } else { false } }
    /// Payload bytes that are sure to come yet.
    var knownRest: Int { if case .length(let left) = state { left } else { 0 } }
    /// Whether the body ended with trailers.
    var hasTrailers: Bool { !decoder.trailers.isEmpty }
    /// The trailers of a chunked body, once it has ended.
    var trailers: Fields { decoder.trailers }

    /// Starts on a body of the given framing.
    mutating func begin(_ framing: BodyFraming) {
        if hasTrailers { decoder.reset() }
        switch framing {
        case .none, .length(0): state = .ended
        case .length(let count): state = .length(left: count)
        case .untilClose: state = .untilClose
        case .chunked:
            state = .chunked
            decoder.reset()
        }
    }

    /// How far the body has come; nil where nobody else could go on from here.
    var place: BodyPlace? {
        switch state {
        case .ended: return hasTrailers ? nil : BodyPlace(.end)
        case .length(let left): return BodyPlace(.length, left: left)
        case .untilClose: return BodyPlace(.untilClose)
        case .chunked:
            switch decoder.place {
            case .size: return BodyPlace(.chunkSize)
            case .data(let left): return BodyPlace(.chunkData, left: left)
            case .dataEnd(let hasReturn):
                return BodyPlace(hasReturn ? .chunkFeed : .chunkReturn)
            case nil: return nil
            }
        }
    }

    /// Goes on with a body that has come to `place`.
    mutating func resume(at place: BodyPlace) {
        decoder.reset()
        switch place.kind {
        case .end: state = .ended
        case .length: state = place.left == 0 ? .ended : .length(left: place.left)
        case .untilClose: state = .untilClose
        // An empty chunk would end the body where it goes.
        case .chunkData where place.left == 0: resumeChunks(at: .dataEnd(hasReturn: false))
        case .chunkSize: resumeChunks(at: .size)
        case .chunkData: resumeChunks(at: .data(left: place.left))
        case .chunkReturn: resumeChunks(at: .dataEnd(hasReturn: false))
        case .chunkFeed: resumeChunks(at: .dataEnd(hasReturn: true))
        }
    }

    private mutating func resumeChunks(at place: ChunkedDecoder.Place) {
        state = .chunked
        decoder.resume(at: place)
    }

    /// Looks at the input and drops framing bytes from its front. Payload that a step announces
    /// belongs to the caller, who consumes it before the next step.
    mutating func next(_ input: inout ByteBuffer) throws(ParseError) -> Step {
        switch state {
        case .ended: return .end
        case .untilClose: return input.isEmpty ? .needsMore : .payload(input.count)
        case .length(let left):
            guard !input.isEmpty else { return .needsMore }
            let count = min(left, input.count)
            state = count == left ? .ended : .length(left: left - count)
            return .payload(count)
        case .chunked: return try nextChunk(&input)
        }
    }

    /// The connection has ended. Only a body that is framed by it is complete then.
    mutating func connectionEnded() -> Bool {
        guard endsWithConnection else { return isAtEnd }
        state = .ended
        return true
    }

    private mutating func nextChunk(_ input: inout ByteBuffer) throws(ParseError) -> Step {
        switch try decoder.next(input.bytes) {
        case .data(let offset, let count):
            input.consume(offset)
            return .payload(count)
        case .needsMore(let consumed):
            input.consume(consumed)
            return .needsMore
        case .end(let consumed):
            input.consume(consumed)
            state = .ended
            return .end
        }
    }
}
