/// Names that a CGI-like server can't tell from those that frame a message: it turns `-` into `_`,
/// so that `Content_Length` overrules what everybody before it saw (RFC 3875 §4.1.18).
enum FramingAlias {
    /// - Throws: `ParseError` if a field has such a name.
    static func check(_ fields: borrowing Fields) throws(ParseError) {
        guard fields.mayHold(.other) else { return }
        for line in fields.lines where line.id == .other && (14...17).contains(line.nameCount) {
            let start = Int(line.nameStart)
            let name = fields.bytes.span.extracting(start..<start + Int(line.nameCount))
            if matches(name, "content-length") || matches(name, "transfer-encoding") {
                throw ParseError(.framingAlias, at: start)
            }
        }
    }

    /// Whether `name` is `text` with `_` in the place of some hyphens.
    private static func matches(_ name: borrowing Span<UInt8>, _ text: StaticString) -> Bool {
        guard name.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<name.count {
            let byte = name.byte(index) == 0x5f ? 0x2d : name.byte(index) | 0x20
            // SAFETY: both have the same count.
            guard unsafe byte == text.utf8Start[index] else { return false }
        }
        return true
    }
}
