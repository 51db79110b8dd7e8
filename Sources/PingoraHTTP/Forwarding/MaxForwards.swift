/// How many proxies an OPTIONS request may pass (RFC 9110 §7.6.2). TRACE, the other method that the
/// field has a meaning for, is refused; elsewhere it is ignored, and passed on as it is.
public enum MaxForwards {
    /// More than there are proxies; a larger number becomes this one.
    private static let most = 999_999

    /// The number in the field; nil where there is none.
    ///
    /// - Throws: `ParseError` where it is no number, or comes twice.
    public static func value(in fields: borrowing Fields) throws(ParseError) -> Int? {
        guard fields.mayHold(.maxForwards) else { return nil }
        var found: Int?
        for index in fields.lines.indices where fields.lines[index].id == .maxForwards {
            guard found == nil, let number = number(fields.value(index)) else {
                throw ParseError(.badMaxForwards, at: 0)
            }
            found = number
        }
        return found
    }

    /// Counts this hop: what the next one is told. Where the number is 0 already nothing may go on.
    public static func countHop(in fields: inout Fields) throws(ParseError) {
        guard let value = try value(in: fields), value > 0 else { return }
        fields.replace(.maxForwards, with: "\(value - 1)")
    }

    private static func number(_ text: borrowing Span<UInt8>) -> Int? {
        guard text.count > 0 else { return nil }
        var number = 0
        for index in 0..<text.count {
            let digit = Int(text[index]) - 0x30
            guard 0...9 ~= digit else { return nil }
            number = min(number * 10 + digit, most)
        }
        return number
    }
}
