/// Reads response heads, however they are cut into pieces.
public struct ResponseParser: Sendable {
    private let limits: ParseLimits
    private var fields = FieldParser()
    private var version = Version.http11
    private var status = StatusCode.ok
    private var reasonStart = 0
    private var reasonEnd = 0
    private var hasStatusLine = false

    /// A parser with the given limits.
    public init(limits: ParseLimits = .response) {
        self.limits = limits
    }

    /// Forgets a message that was begun.
    public mutating func reset() {
        hasStatusLine = false
    }

    /// Reads as much of a head as has come; see ``RequestParser/parse(_:into:)``.
    public mutating func parse(
        _ bytes: borrowing Span<UInt8>, into head: inout ResponseHead
    ) throws(ParseError) -> Int? {
        let bytes = bytes.extracting(0..<min(bytes.count, limits.headBytes))
        if !hasStatusLine {
            guard let lineEnd = try parseStatusLine(bytes) else {
                return try limits.wantMore(after: bytes.count)
            }
            hasStatusLine = true
            fields.begin(at: lineEnd)
        }
        guard let end = try fields.parse(bytes, maximumCount: limits.fieldCount) else {
            return try limits.wantMore(after: bytes.count)
        }
        head.status = status
        head.version = version
        head.reasonBytes.assign(bytes.extracting(reasonStart..<reasonEnd))
        head.fields.fill(bytes.extracting(0..<end), &fields.lines, ids: fields.ids)
        hasStatusLine = false
        return end
    }

    /// `HTTP/1.1 200 OK`; the reason may be empty and even its space missing (RFC 9112 §4).
    private mutating func parseStatusLine(
        _ bytes: borrowing Span<UInt8>
    ) throws(ParseError) -> Int? {
        guard let version = try VersionRule.parse(bytes, at: 0) else { return nil }
        guard bytes.count > 12 else { return nil }
        guard bytes.byte(8) == 0x20 else { throw ParseError(.badStatusLine, at: 8) }
        var code = 0
        for index in 9..<12 {
            guard ByteClass.isDigit(bytes.byte(index)) else {
                throw ParseError(.badStatusLine, at: index)
            }
            code = code * 10 + Int(bytes.byte(index) - 0x30)
        }
        guard let status = StatusCode(code) else { throw ParseError(.badStatusLine, at: 9) }
        reasonStart = 12
        if bytes.byte(12) == 0x20 {
            reasonStart = 13
        } else if bytes.byte(12) != 0x0d {
            throw ParseError(.badStatusLine, at: 12)
        }
        let stop = bytes.endOfValue(from: reasonStart)
        guard stop < bytes.count else { return nil }
        guard bytes.byte(stop) == 0x0d else {
            throw ParseError(
                bytes.byte(stop) == 0x0a ? .bareLineFeed : .badStatusLine, at: stop)
        }
        guard stop + 1 < bytes.count else { return nil }
        guard bytes.byte(stop + 1) == 0x0a else { throw ParseError(.bareCarriageReturn, at: stop) }
        reasonEnd = stop
        self.version = version
        self.status = status
        return stop + 2
    }
}
