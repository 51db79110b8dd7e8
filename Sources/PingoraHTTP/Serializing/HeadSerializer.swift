/// Why a head could not be written.
public enum SerializationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A field was set to a value with a control character.
    case invalidField(FieldName)
    /// The request target has a byte that must not stand in a request line.
    case invalidTarget
    /// It does not fit the room given.
    case tooLarge

    public var description: String {
        switch self {
        case .invalidField(let name): "field \(name) was set to an invalid value"
        case .invalidTarget: "the request target was set to an invalid value"
        case .tooLarge: "head too large for its buffer"
        }
    }
}

/// What begins a message: the head of a request or a response.
public protocol MessageHead {
    /// Writes the head, from its parsed form: what came in is never copied as it stood.
    ///
    /// - Returns: how many bytes were written.
    /// - Throws: `SerializationError` if a filter made it invalid, or it does not fit.
    func serialize(into output: inout MutableSpan<UInt8>) throws(SerializationError) -> Int
}

extension Fields {
    /// The size of all lines, each with its CRLF.
    var serializedByteCount: Int {
        var total = 0
        for line in lines { total &+= Int(line.nameCount) &+ Int(line.valueCount) &+ 4 }
        return total
    }

    func write(
        with writer: inout SpanWriter, to output: inout MutableSpan<UInt8>
    ) throws(SerializationError) {
        if let invalidName { throw .invalidField(invalidName) }
        let all = bytes.span
        // Lines that stand one behind the other as they are written.
        var run = 0..<0
        for line in lines {
            let (nameStart, valueStart) = (Int(line.nameStart), Int(line.valueStart))
            let (nameEnd, valueEnd) =
                (nameStart + Int(line.nameCount), valueStart + Int(line.valueCount))
            if line.isAsWritten, nameStart == run.upperBound {
                run = run.lowerBound..<valueEnd + 2
                continue
            }
            writer.write(all.extracting(run), to: &output)
            run = line.isAsWritten ? nameStart..<valueEnd + 2 : 0..<0
            guard !line.isAsWritten else { continue }
            writer.write(all.extracting(nameStart..<nameEnd), to: &output)
            writer.write(": ", to: &output)
            writer.write(all.extracting(valueStart..<valueEnd), to: &output)
            writer.write("\r\n", to: &output)
        }
        writer.write(all.extracting(run), to: &output)
    }
}

extension RequestHead: MessageHead {
    /// The room that ``serialize(into:)`` needs, in bytes.
    public var serializedByteCount: Int {
        method.byteCount + 1 + targetBytes.count + 11 + fields.serializedByteCount + 2
    }

    public func serialize(into output: inout MutableSpan<UInt8>) throws(SerializationError) -> Int {
        guard serializedByteCount <= output.count else { throw .tooLarge }
        let target = targetBytes.span
        guard target.count > 0, target.end(of: ByteClass.isTarget, from: 0) == target.count else {
            throw .invalidTarget
        }
        var writer = SpanWriter()
        method.write(with: &writer, to: &output)
        writer.write(byte: 0x20, to: &output)
        writer.write(target, to: &output)
        writer.write(version == .http11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n", to: &output)
        try fields.write(with: &writer, to: &output)
        writer.write("\r\n", to: &output)
        return writer.count
    }
}

extension ResponseHead: MessageHead {
    /// The room that ``serialize(into:)`` needs, in bytes.
    public var serializedByteCount: Int {
        let reason = reasonBytes.isEmpty ? status.reason.utf8CodeUnitCount : reasonBytes.count
        return 13 + reason + 2 + fields.serializedByteCount + 2
    }

    public func serialize(into output: inout MutableSpan<UInt8>) throws(SerializationError) -> Int {
        guard serializedByteCount <= output.count else { throw .tooLarge }
        var writer = SpanWriter()
        writer.write(version == .http11 ? "HTTP/1.1 " : "HTTP/1.0 ", to: &output)
        writer.write(byte: 0x30 + UInt8(status.code / 100), to: &output)
        writer.write(byte: 0x30 + UInt8(status.code / 10 % 10), to: &output)
        writer.write(byte: 0x30 + UInt8(status.code % 10), to: &output)
        writer.write(byte: 0x20, to: &output)
        if reasonBytes.isEmpty {
            writer.write(status.reason, to: &output)
        } else {
            writer.write(reasonBytes.span, to: &output)
        }
        writer.write("\r\n", to: &output)
        try fields.write(with: &writer, to: &output)
        writer.write("\r\n", to: &output)
        return writer.count
    }
}
