import PingoraCore
import PingoraHTTP

/// Heads in and out of a connection's buffers.
extension ByteBuffer {
    /// Parses a request head at the front, and finds out what it decides; see
    /// ``RequestParser/parse(_:into:)``. Here both are variables of ours, and nothing is copied.
    func parse(
        with parser: inout RequestParser, into head: inout RequestHead,
        _ traits: inout RequestTraits
    ) throws(ParseError) -> Int? {
        guard let count = try parser.parse(bytes, into: &head) else { return nil }
        traits = try RequestTraits(head)
        return count
    }

    /// Parses a response head at the front; see ``ResponseParser/parse(_:into:)``.
    ///
    /// - Parameter method: that of the request it answers.
    func parse(
        with parser: inout ResponseParser, into head: inout ResponseHead,
        _ traits: inout ResponseTraits, to method: Method
    ) throws(ParseError) -> Int? {
        guard let count = try parser.parse(bytes, into: &head) else { return nil }
        traits = try ResponseTraits(head, to: method)
        return count
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
    /// Puts a head into the output. `inout`, since a borrowed property of an object would be copied
    /// first; it stays as it is.
    ///
    /// - Throws: `SerializationError` if it is too large, or a filter made it invalid.
    func write(_ head: inout some MessageHead) throws(SerializationError) {
        loop.buffers.provide(&output)
        do {
            try output.append(head)
        } catch .tooLarge {
            loop.buffers.enlarge(&output)
            try output.append(head)
        }
    }
}
