/// `HTTP/1.0` and `HTTP/1.1`, and nothing else (RFC 9112 §2.3).
enum VersionRule {
    /// The version at `start`; nil if its eight bytes have not all come.
    ///
    /// - Throws: 505 for a well-formed version that is not ours, 400 for anything else.
    static func parse(
        _ bytes: borrowing Span<UInt8>, at start: Int
    ) throws(ParseError) -> Version? {
        let name: InlineArray<5, UInt8> = [0x48, 0x54, 0x54, 0x50, 0x2f]
        for index in 0..<5 {
            guard start + index < bytes.count else { return nil }
            guard bytes.byte(start + index) == name[index] else {
                throw ParseError(.badVersion, at: start + index)
            }
        }
        guard start + 8 <= bytes.count else { return nil }
        let (major, dot, minor) = (
            bytes.byte(start + 5), bytes.byte(start + 6), bytes.byte(start + 7)
        )
        guard ByteClass.isDigit(major), dot == 0x2e, ByteClass.isDigit(minor) else {
            throw ParseError(.badVersion, at: start + 5)
        }
        guard major == 0x31 else { throw ParseError(.unsupportedVersion, at: start + 5) }
        switch minor {
        case 0x30: return .http10
        case 0x31: return .http11
        default: throw ParseError(.unsupportedVersion, at: start + 7)
        }
    }
}
