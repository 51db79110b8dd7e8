/// Finds field lines; the same for heads and trailers, requests and responses.
///
/// Completed lines are remembered as offsets; an incomplete line is looked at again from its start
/// when more has come, so that no line is read twice but the last.
struct FieldParser: Sendable {
    private(set) var lines: [Fields.Line] = []
    private(set) var ids: UInt64 = 0
    /// Where the line at hand begins.
    private(set) var lineStart = 0

    mutating func begin(at start: Int) {
        lines.removeAll(keepingCapacity: true)
        ids = 0
        lineStart = start
    }

    /// Reads lines up to the empty one that ends them.
    ///
    /// - Returns: the offset behind the empty line; nil if it has not come yet.
    mutating func parse(
        _ bytes: borrowing Span<UInt8>, maximumCount: Int
    ) throws(ParseError) -> Int? {
        while true {
            guard lineStart < bytes.count else { return nil }
            let first = bytes.byte(lineStart)
            if first == 0x0d {
                guard lineStart + 1 < bytes.count else { return nil }
                guard bytes.byte(lineStart + 1) == 0x0a else {
                    throw ParseError(.bareCarriageReturn, at: lineStart)
                }
                return lineStart + 2
            }
            guard let end = try parseLine(bytes) else { return nil }
            guard lines.count <= maximumCount else {
                throw ParseError(.tooManyFields, at: lineStart)
            }
            lineStart = end
        }
    }

    /// Reads one line; nil if it is incomplete.
    private mutating func parseLine(_ bytes: borrowing Span<UInt8>) throws(ParseError) -> Int? {
        let nameEnd = bytes.end(of: ByteClass.isToken, from: lineStart)
        guard nameEnd < bytes.count else { return nil }
        guard bytes.byte(nameEnd) == 0x3a, nameEnd > lineStart else {
            throw badName(bytes.byte(nameEnd), at: nameEnd)
        }
        let valueStart = bytes.end(of: { $0 == 0x20 || $0 == 0x09 }, from: nameEnd + 1)
        let stop = bytes.endOfValue(from: valueStart)
        guard stop < bytes.count else { return nil }
        guard bytes.byte(stop) == 0x0d else {
            throw ParseError(
                bytes.byte(stop) == 0x0a ? .bareLineFeed : .badFieldValue, at: stop)
        }
        guard stop + 1 < bytes.count else { return nil }
        guard bytes.byte(stop + 1) == 0x0a else { throw ParseError(.bareCarriageReturn, at: stop) }
        var valueEnd = stop
        while valueEnd > valueStart, isBlank(bytes.byte(valueEnd - 1)) { valueEnd -= 1 }
        let id = FieldID.recognise(bytes.extracting(lineStart..<nameEnd))
        ids |= id.bit
        lines.append(
            Fields.Line(
                nameStart: UInt32(truncatingIfNeeded: lineStart),
                nameCount: UInt32(truncatingIfNeeded: nameEnd - lineStart),
                valueStart: UInt32(truncatingIfNeeded: valueStart),
                valueCount: UInt32(truncatingIfNeeded: valueEnd - valueStart), id: id))
        return stop + 2
    }

    private func badName(_ byte: UInt8, at offset: Int) -> ParseError {
        if isBlank(byte) {
            return ParseError(offset == lineStart ? .foldedLine : .spaceBeforeColon, at: offset)
        }
        if byte == 0x0a { return ParseError(.bareLineFeed, at: offset) }
        return ParseError(.badFieldName, at: offset)
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
