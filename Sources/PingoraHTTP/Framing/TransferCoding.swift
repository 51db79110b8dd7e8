/// Transfer-Encoding: `chunked`, and nothing else.
enum TransferCoding {
    /// Accepts exactly one line whose value is `chunked`, in any case.
    ///
    /// - Throws: 501 for gzip, deflate and compress alone, and for `gzip, chunked`, which we can't
    ///   decode; 400 for the rest, such as names that nobody knows, lists with empty members,
    ///   parameters or quotes, and for a second line.
    static func check(_ fields: borrowing Fields) throws(ParseError) {
        var isFound = false
        for index in fields.lines.indices where fields.lines[index].id == .transferEncoding {
            let offset = Int(fields.lines[index].valueStart)
            guard !isFound else { throw ParseError(.badTransferEncoding, at: offset) }
            isFound = true
            let value = fields.value(index)
            if value.equalsIgnoringCase("chunked") { continue }
            let isKnown =
                value.equalsIgnoringCase("gzip") || value.equalsIgnoringCase("deflate")
                || value.equalsIgnoringCase("compress") || value.equalsIgnoringCase("gzip, chunked")
            throw ParseError(isKnown ? .unknownTransferCoding : .badTransferEncoding, at: offset)
        }
    }
}
