import PingoraHTTP

/// Bytes as readable text: visible ASCII and spaces as they are, `\` doubled, others as `\xNN`.
func escaped(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes {
        switch byte {
        case 0x5c: text += #"\\"#
        case 0x20..<0x7f: text.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let digits = String(byte, radix: 16)
            text += #"\x"# + (digits.count < 2 ? "0" : "") + digits
        }
    }
    return text
}

/// The lines of a head or trailer section, without the empty one that ends it.
func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    for index in bytes.indices where bytes[index] == 0x0a {
        lines.append(bytes[start..<max(start, index - 1)])
        start = index + 1
    }
    return lines.filter { !$0.isEmpty }
}

extension RequestHead {
    /// The head as it is sent; nil where it can't be.
    func serialized() -> [UInt8]? {
        written(serializedByteCount) { span throws(SerializationError) in
            try serialize(into: &span)
        }
    }
}

extension ResponseHead {
    /// The head as it is sent; nil where it can't be.
    func serialized() -> [UInt8]? {
        written(serializedByteCount) { span throws(SerializationError) in
            try serialize(into: &span)
        }
    }
}

extension ChunkedEncoder {
    /// What ends a body with these trailers; nil where it can't be sent.
    static func end(isFirst: Bool, trailers: Fields) -> [UInt8]? {
        let room = trailers.all.reduce(64) { $0 + 4 * ($1.name.utf8.count + $1.value.utf8.count) }
        return written(room) { span throws(SerializationError) in
            try writeEnd(isFirst: isFirst, trailers: trailers, into: &span)
        }
    }
}

/// What `write` puts into a buffer of `room` bytes.
private func written(
    _ room: Int, _ write: (inout MutableSpan<UInt8>) throws(SerializationError) -> Int
) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: room)
    do {
        var span = buffer.mutableSpan
        let count = try write(&span)
        buffer.removeLast(room - count)
        return buffer
    } catch {
        return nil
    }
}
