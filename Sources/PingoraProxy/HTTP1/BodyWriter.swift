import PingoraCore
import PingoraHTTP

/// Frames a body for the next hop. Payload is never copied: what this writes goes in front of it.
///
/// Invariant: what is announced in the head is what is sent; a filter that changes the length of a
/// body with Content-Length makes the message fail rather than lie.
struct BodyWriter {
    private enum State {
        case none
        case length(left: Int)
        case chunked(isFirst: Bool)
        case untilClose
    }

    private var state = State.none

    mutating func begin(_ framing: BodyFraming) {
        state =
            switch framing {
            case .none: .none
            case .length(let count): .length(left: count)
            case .chunked: .chunked(isFirst: true)
            case .untilClose: .untilClose
            }
    }

    /// How far the body has come.
    var place: BodyPlace {
        switch state {
        case .none: BodyPlace(.end)
        case .length(let left): BodyPlace(.length, left: left)
        case .untilClose: BodyPlace(.untilClose)
        case .chunked(let isFirst): BodyPlace(isFirst ? .chunkSize : .chunkData)
        }
    }

    /// Goes on with a body that has come to `place`.
    mutating func resume(at place: BodyPlace) {
        state =
            switch place.kind {
            case .end: .none
            case .length: .length(left: place.left)
            case .untilClose: .untilClose
            case .chunkSize: .chunked(isFirst: true)
            case .chunkData, .chunkReturn, .chunkFeed: .chunked(isFirst: false)
            }
    }

    /// Writes what goes before `count` bytes of payload.
    ///
    /// - Returns: false if the announced length has no room for them.
    mutating func frame(_ count: Int, into output: inout ByteBuffer) -> Bool {
        switch state {
        case .none: return count == 0
        case .untilClose: return true
        case .length(let left):
            guard count <= left else { return false }
            state = .length(left: left - count)
            return true
        case .chunked(let isFirst):
            var free = output.free
            let written = ChunkedEncoder.writePrefix(
                count: count, isFirst: isFirst, into: &free)
            output.commit(written)
            state = .chunked(isFirst: false)
            return true
        }
    }

    /// Writes what ends the body.
    ///
    /// - Returns: false if less was sent than announced.
    mutating func finish(
        trailers: borrowing Fields, into output: inout ByteBuffer
    ) throws(SerializationError) -> Bool {
        defer { state = .none }
        switch state {
        case .none, .untilClose: return true
        case .length(let left): return left == 0
        case .chunked(let isFirst):
            var free = output.free
            let written = try ChunkedEncoder.writeEnd(
                isFirst: isFirst, trailers: trailers, into: &free)
            output.commit(written)
            return true
        }
    }
}
