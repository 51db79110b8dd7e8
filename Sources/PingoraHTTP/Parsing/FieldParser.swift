/// Finds field lines; the same for heads and trailers, requests and responses.
///
/// Completed lines are remembered as offsets, and of an incomplete line how far it was read: no
/// byte is looked at twice however slowly a line drips in.
struct FieldParser: Sendable {
    /// What was found, once all of it has been; before that, old lines may stand behind the new.
    var lines: [Fields.Line] = []
    private var lineCount = 0
    private(set) var ids: UInt64 = 0
    /// Where the line at hand begins.
    private(set) var lineStart = 0
    /// Where the line's colon is; 0 until it is found.
    private var colon = 0
    /// The line is in order up to here.
    private var checked = 0

    mutating func begin(at start: Int) {
        lineCount = 0
        ids = 0
        lineStart = start
        (colon, checked) = (0, start)
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
                if lineCount < lines.count { lines.removeLast(lines.count - lineCount) }
                return lineStart + 2
            }
            guard let end = try parseLine(bytes) else { return nil }
            guard lineCount <= maximumCount else {
                throw ParseError(.tooManyFields, at: lineStart)
            }
            lineStart = end
            (colon, checked) = (0, end)
        }
    }

    /// Reads one line; nil if it is incomplete.
    private mutating func parseLine(_ bytes: borrowing Span<UInt8>) throws(ParseError) -> Int? {
        // Variables of the function, which stay in registers.
        var (colon, checked) = (self.colon, self.checked)
        defer { (self.colon, self.checked) = (colon, checked) }
        if colon == 0 {
            checked = bytes.endOfToken(from: checked)
            guard checked < bytes.count else { return nil }
            guard bytes.byte(checked) == 0x3a, checked > lineStart else {
                throw badName(bytes.byte(checked), at: checked)
            }
            colon = checked
            checked += 1
        }
        checked = bytes.endOfValue(from: checked)
        guard checked < bytes.count else { return nil }
        guard bytes.byte(checked) == 0x0d else {
            throw ParseError(
                bytes.byte(checked) == 0x0a ? .bareLineFeed : .badFieldValue, at: checked)
        }
        guard checked + 1 < bytes.count else { return nil }
        guard bytes.byte(checked + 1) == 0x0a else {
            throw ParseError(.bareCarriageReturn, at: checked)
        }
        addLine(bytes, colon: colon, end: checked)
        return checked + 2
    }

    private mutating func addLine(_ bytes: borrowing Span<UInt8>, colon: Int, end: Int) {
        let valueStart = bytes.end(of: ByteClass.isBlank, from: colon + 1)
        var valueEnd = end
        while valueEnd > valueStart, ByteClass.isBlank(bytes.byte(valueEnd - 1)) { valueEnd -= 1 }
        let id = FieldID.recognise(bytes.extracting(lineStart..<colon))
        ids |= id.bit
        let line = Fields.Line(
            nameStart: UInt32(truncatingIfNeeded: lineStart),
            nameCount: UInt32(truncatingIfNeeded: colon - lineStart),
            valueStart: UInt32(truncatingIfNeeded: valueStart),
            valueCount: UInt32(truncatingIfNeeded: valueEnd - valueStart), id: id,
            isAsWritten: valueStart == colon + 2 && bytes.byte(colon + 1) == 0x20
                && valueEnd == end)
        // Lines of an earlier head are overwritten, which is cheaper than to begin with none.
        if lineCount < lines.count { lines[lineCount] = line } else { lines.append(line) }
        lineCount += 1
    }

    private func badName(_ byte: UInt8, at offset: Int) -> ParseError {
        if ByteClass.isBlank(byte) {
            return ParseError(offset == lineStart ? .foldedLine : .spaceBeforeColon, at: offset)
        }
        if byte == 0x0a { return ParseError(.bareLineFeed, at: offset) }
        return ParseError(.badFieldName, at: offset)
    }
}
