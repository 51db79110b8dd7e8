/// A value of JSON (RFC 8259).
enum JSONValue: Hashable {
    case null
    case bool(Bool)
    /// As it is written, so that nothing is lost.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// No name occurs twice. Names that Unicode takes for the same count as one.
    case object([String: JSONValue])
}

extension JSONValue {
    /// As messages show it: numbers and strings as excerpts, what has parts by its kind.
    var shown: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let text): ShownExcerpt.of(text)
        case .string(let text): ShownExcerpt.of(text)
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// What is wrong with a text that should be JSON, and where.
struct JSONError: Error, Hashable, CustomStringConvertible {
    enum Reason: Hashable {
        case invalidUTF8
        /// The text ends too early.
        case endOfText
        /// Something else stands here.
        case expected(String)
        case invalidNumber
        /// A string holds a control character that is not escaped.
        case controlCharacter
        case invalidEscape
        /// Half of a pair of UTF-16 without the other half.
        case loneSurrogate
        case duplicateName(String)
        case tooDeep(limit: Int)
        case tooManyValues(limit: Int)
    }

    let reason: Reason
    /// In bytes from the start of the text.
    let offset: Int

    init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    var description: String {
        let text =
            switch reason {
            case .invalidUTF8: "invalid UTF-8"
            case .endOfText: "unexpected end"
            case .expected(let what): "expected \(what)"
            case .invalidNumber: "invalid number"
            case .controlCharacter: "control character in a string"
            case .invalidEscape: "invalid escape in a string"
            case .loneSurrogate: "half of a surrogate pair"
            case .duplicateName(let name): "duplicate name \(ShownExcerpt.of(name))"
            case .tooDeep(let limit): "nested more than \(limit) deep"
            case .tooManyValues(let limit): "more than \(limit) values"
            }
        return "\(text) at offset \(offset)"
    }
}
