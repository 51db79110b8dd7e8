import PingoraCore
import PingoraHTTP

/// Heads in and out of a connection's buffers.
extension ByteBuffer {
    /// Parses a request head at the front; see ``RequestParser/parse(_:into:)``.
    func parse(
        with parser: inout RequestParser, into head: inout RequestHead
    ) throws(ParseError) -> Int? {
        try parser.parse(bytes, into: &head)
    }

    /// Parses a response head at the front; see ``ResponseParser/parse(_:into:)``.
    func parse(
        with parser: inout ResponseParser, into head: inout ResponseHead
    ) throws(ParseError) -> Int? {
        try parser.parse(bytes, into: &head)
    }

    /// The first `count` bytes, for a filter; the buffer must stay as it is meanwhile.
    func view(_ count: Int) -> BodyChunk {
        // SAFETY: nothing but the task that filters touches the buffer, and a chunk can't escape.
        unsafe bytes.extracting(first: count).withUnsafeBufferPointer {
            unsafe BodyChunk(viewing: $0)
        }
    }

    /// Appends a serialised response head.
    ///
    /// - Throws: `ProxyError` if it does not fit, or a filter made it invalid.
    mutating func append(head: borrowing ResponseHead) throws(ProxyError) {
        guard head.serializedByteCount <= room else {
            throw ProxyError(.upstream, .sendingResponse, .violation("head too large to forward"))
        }
        do {
            var free = self.free
            let count = try head.serialize(into: &free)
            commit(count)
        } catch {
            throw ProxyError(.internal, .sendingResponse, .other(error))
        }
    }

    /// Appends a serialised request head.
    ///
    /// - Throws: `ProxyError` if it does not fit, or a filter made it invalid.
    mutating func append(head: borrowing RequestHead) throws(ProxyError) {
        guard head.serializedByteCount <= room else {
            throw ProxyError(.internal, .sendingRequest, .violation("head too large to forward"))
        }
        do {
            var free = self.free
            let count = try head.serialize(into: &free)
            commit(count)
        } catch {
            throw ProxyError(.internal, .sendingRequest, .other(error))
        }
    }
}
