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

    /// Appends a serialised head.
    mutating func append(_ head: borrowing some MessageHead) throws(SerializationError) {
        var free = self.free
        let count = try head.serialize(into: &free)
        commit(count)
    }
}

extension Connection {
    /// Puts a head into the output.
    ///
    /// - Throws: `SerializationError` if it is too large, or a filter made it invalid.
    func write(_ head: borrowing some MessageHead) throws(SerializationError) {
        loop.buffers.provide(&output)
        do {
            try output.append(head)
        } catch .tooLarge {
            loop.buffers.enlarge(&output)
            try output.append(head)
        }
    }
}
