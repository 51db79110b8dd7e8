/// Names that a CGI-like server can't tell from those that frame a message: it turns `-` into `_`,
/// so that `Content_Length` overrules what everybody before it saw (RFC 3875 §4.1.18).
enum FramingAlias {
    /// - Throws: `ParseError` if a field has such a name.
    static func check(_ fields: borrowing Fields) throws(ParseError) {
        guard fields.mayHold(.other) else { return }
        for line in fields.lines where line.id == .other && (14...17).contains(line.nameCount) {
            let start = Int(line.nameStart)
            let name = fields.bytes.span.extracting(start..<start + Int(line.nameCount))
            if isAlias(name) {
                throw ParseError(.framingAlias, at: start)
            }
        }
    }

    /// Whether CGI reads `name` as one that frames a message.
    static func isAlias(_ name: borrowing Span<UInt8>) -> Bool {
        matches(name, "content-length") || matches(name, "transfer-encoding")
    }

    private static func matches(_ name: borrowing Span<UInt8>, _ text: StaticString) -> Bool {
        name.count == text.utf8CodeUnitCount && name.hasCGIPrefix(text)
    }
}
