/// Reads request heads, however they are cut into pieces.
public struct RequestParser: Sendable {
    private let limits: ParseLimits
    private var fields = FieldParser()
    private var methodStart = 0
    private var methodEnd = 0
    private var targetEnd = 0
    private var version = Version.http11
    private var hasRequestLine = false

    /// A parser with the given limits.
    public init(limits: ParseLimits = .request) {
        self.limits = limits
    }

    /// Forgets a message that was begun.
    public mutating func reset() {
        hasRequestLine = false
    }

    /// Reads as much of a head as has come.
    ///
    /// - Parameters:
    ///   - bytes: everything from the first byte of the message; in later calls again, with more.
    ///   - head: filled when the head is complete; its storage is used again.
    /// - Returns: the size of the head; nil if more must come.
    /// - Throws: `ParseError` as soon as a byte breaks RFC 9112, or a limit is passed.
    public mutating func parse(
        _ bytes: borrowing Span<UInt8>, into head: inout RequestHead
    ) throws(ParseError) -> Int? {
        let bytes = bytes.extracting(0..<min(bytes.count, limits.headBytes))
        if !hasRequestLine {
            guard let lineEnd = try parseRequestLine(bytes) else {
                return try limits.wantMore(after: bytes.count)
            }
            hasRequestLine = true
            fields.begin(at: lineEnd)
        }
        guard let end = try fields.parse(bytes, maximumCount: limits.fieldCount) else {
            return try limits.wantMore(after: bytes.count)
        }
        head.method = Method(token: bytes.extracting(methodStart..<methodEnd))
        head.version = version
        head.targetBytes.assign(bytes.extracting(methodEnd + 1..<targetEnd))
        head.fields.fill(bytes.extracting(0..<end), &fields.lines, ids: fields.ids)
        try HostRule.check(&head)
        try FramingAlias.check(head.fields)
        hasRequestLine = false
        return end
    }

    private mutating func parseRequestLine(
        _ bytes: borrowing Span<UInt8>
    ) throws(ParseError) -> Int? {
        guard let start = try skipEmptyLine(bytes) else { return nil }
        methodStart = start
        let methodBytes = min(limits.methodBytes, Method.longestToken)
        methodEnd = bytes.endOfToken(from: start)
        guard methodEnd - start <= methodBytes else {
            throw ParseError(.methodTooLong, at: start + methodBytes)
        }
        guard methodEnd < bytes.count else { return nil }
        guard bytes.byte(methodEnd) == 0x20, methodEnd > start else {
            throw ParseError(.badMethod, at: methodEnd)
        }
        targetEnd = bytes.end(of: ByteClass.isTarget, from: methodEnd + 1)
        guard targetEnd - methodEnd - 1 <= limits.targetBytes else {
            throw ParseError(.targetTooLong, at: methodEnd + 1 + limits.targetBytes)
        }
        guard targetEnd < bytes.count else { return nil }
        guard bytes.byte(targetEnd) == 0x20, targetEnd > methodEnd + 1 else {
            throw ParseError(.badTarget, at: targetEnd)
        }
        try checkTarget(bytes)
        guard let version = try VersionRule.parse(bytes, at: targetEnd + 1) else { return nil }
        let end = targetEnd + 9
        guard end < bytes.count else { return nil }
        guard bytes.byte(end) == 0x0d else {
            throw ParseError(
                bytes.byte(end) == 0x0a ? .bareLineFeed : .badRequestLine, at: end)
        }
        guard end + 1 < bytes.count else { return nil }
        guard bytes.byte(end + 1) == 0x0a else { throw ParseError(.bareCarriageReturn, at: end) }
        self.version = version
        return end + 2
    }

    /// One empty line may stand before a request (RFC 9112 §2.2); more are a slow drip.
    private func skipEmptyLine(_ bytes: borrowing Span<UInt8>) throws(ParseError) -> Int? {
        guard bytes.count > 0 else { return nil }
        guard bytes.byte(0) == 0x0d else { return 0 }
        guard bytes.count > 1 else { return nil }
        guard bytes.byte(1) == 0x0a else { throw ParseError(.bareCarriageReturn, at: 0) }
        return bytes.count > 2 ? 2 : nil
    }

    /// The four forms, each with its methods (RFC 9112 §3.2).
    private func checkTarget(_ bytes: borrowing Span<UInt8>) throws(ParseError) {
        let start = methodEnd + 1
        let isConnect = bytes.extracting(methodStart..<methodEnd).equals("CONNECT")
        let isValid =
            switch bytes.byte(start) {
            case 0x2f: !isConnect
            case 0x2a:
                targetEnd == start + 1
                    && bytes.extracting(methodStart..<methodEnd).equals("OPTIONS")
            default:
                isConnect
                    ? HostRule.isAuthority(bytes.extracting(start..<targetEnd), needsPort: true)
                    : isAbsolute(bytes.extracting(start..<targetEnd))
            }
        guard isValid else { throw ParseError(.badTarget, at: start) }
    }

    private func isAbsolute(_ target: borrowing Span<UInt8>) -> Bool {
        target.hasPrefixIgnoringCase("http", at: 0)
            && (isScheme("://", target, 4)
                || target.count > 4 && target.byte(4) | 0x20 == 0x73 && isScheme("://", target, 5))
    }

    private func isScheme(_ mark: StaticString, _ target: borrowing Span<UInt8>, _ at: Int) -> Bool
    {
        guard target.count > at + 3, target.byte(at) == 0x3a, target.byte(at + 1) == 0x2f,
            target.byte(at + 2) == 0x2f
        else { return false }
        let end = target.end(of: { $0 != 0x2f && $0 != 0x3f }, from: at + 3)
        return HostRule.isAuthority(target.extracting(at + 3..<end), needsPort: false)
    }
}
