/// Content-Length: decimal digits, once (RFC 9110 §8.6).
enum ContentLength {
    /// The value of the only Content-Length line; nil if there is none.
    ///
    /// - Throws: for a second line, even an equal one; a list; a sign, space or letter; a
    ///   leading zero; and for what does not fit 63 bits.
    static func parse(_ fields: borrowing Fields) throws(ParseError) -> Int? {
        var found: Int?
        for index in fields.lines.indices where fields.lines[index].id == .contentLength {
            let offset = Int(fields.lines[index].valueStart)
            guard found == nil else { throw ParseError(.severalContentLengths, at: offset) }
            guard let value = number(fields.value(index)) else {
                throw ParseError(.badContentLength, at: offset)
            }
            found = value
        }
        return found
    }

    private static func number(_ text: borrowing Span<UInt8>) -> Int? {
        // 19 digits hold every Int. The field goes on as it came, and the next hop may read a
        // number that begins with 0 as octal.
        guard 1...19 ~= text.count, text.count == 1 || text.byte(0) != 0x30 else { return nil }
        var value = 0
        for index in 0..<text.count {
            guard ByteClass.isDigit(text.byte(index)) else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(Int(text.byte(index) - 0x30))
            guard !tooLarge, !overflow else { return nil }
            value = sum
        }
        return value
    }
}

extension Fields {
    /// The value of Content-Length; nil if there is none, or none that is valid.
    public var contentLength: Int? {
        guard mayHold(.contentLength) else { return nil }
        return (try? ContentLength.parse(self)) ?? nil
    }
}
