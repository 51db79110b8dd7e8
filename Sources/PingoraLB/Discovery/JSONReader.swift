/// Reads a text of JSON strictly after RFC 8259. Pure.
///
/// Invariants, whatever the text:
/// 1. It nests at most `maximumDepth` deep, so that the stack lasts.
/// 2. It makes at most `maximumValues` values, so that a text takes a bounded multiple of its size.
/// 3. Nothing is guessed: no comments, no trailing commas, no byte order mark, no name twice.
struct JSONReader {
    /// Lists of objects are three deep; what else an endpoint says may be deeper.
    static let maximumDepth = 16
    /// Thirty-two for each backend of the longest list.
    static let maximumValues = 32 * DiscoveryLimits.backends

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    private let bytes: [UInt8]
    private var offset = 0
    private var depth = 0
    private var count = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The one value that `bytes` are.
    ///
    /// - Throws: `JSONError` for the first thing that is wrong.
    static func read(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        // Checked as a whole, so that strings need not be.
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONError(.invalidUTF8, at: firstInvalidByte(bytes))
        }
        var reader = JSONReader(bytes)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.next == nil else {
            throw JSONError(.expected("the end"), at: reader.offset)
        }
        return value
    }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { offset += 1 }
    }

    /// The next byte is this one, which is consumed.
    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        offset += 1
        return true
    }

    /// The error for something else than `what` here.
    private func expected(_ what: String) -> JSONError {
        next == nil ? JSONError(.endOfText, at: offset) : JSONError(.expected(what), at: offset)
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        count += 1
        guard count <= JSONReader.maximumValues else {
            throw JSONError(.tooManyValues(limit: JSONReader.maximumValues), at: offset)
        }
        guard let next else { throw expected("a value") }
        switch next {
        case UInt8(ascii: "{"):
            return .object(try nested { reader throws(JSONError) in try reader.object() })
        case UInt8(ascii: "["):
            return .array(try nested { reader throws(JSONError) in try reader.array() })
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), JSONReader.digits: return .number(try number())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw expected("a value")
        }
    }

    /// What `body` reads behind the bracket here.
    private mutating func nested<Value>(
        _ body: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        guard depth < JSONReader.maximumDepth else {
            throw JSONError(.tooDeep(limit: JSONReader.maximumDepth), at: offset)
        }
        offset += 1
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        var values: [JSONValue] = []
        skipSpace()
        if skip("]") { return values }
        while true {
            values.append(try value())
            skipSpace()
            if skip("]") { return values }
            guard skip(",") else { throw expected("a comma or ]") }
        }
    }

    private mutating func object() throws(JSONError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        skipSpace()
        if skip("}") { return members }
        while true {
            skipSpace()
            let start = offset
            guard next == UInt8(ascii: "\"") else { throw expected("a name in quotes") }
            let name = try string()
            skipSpace()
            guard skip(":") else { throw expected("a colon") }
            guard members.updateValue(try value(), forKey: name) == nil else {
                throw JSONError(.duplicateName(name), at: start)
            }
            skipSpace()
            if skip("}") { return members }
            guard skip(",") else { throw expected("a comma or }") }
        }
    }

    private mutating func word(
        _ text: StaticString, _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        let start = offset
        for byte in "\(text)".utf8 {
            guard next == byte else {
                if next == nil { throw JSONError(.endOfText, at: offset) }
                throw JSONError(.expected("a value"), at: start)
            }
            offset += 1
        }
        return value
    }

    /// `-12.5e+3`: no plus in front, no leading zeros, digits around a point.
    private mutating func number() throws(JSONError) -> String {
        let start = offset
        _ = skip("-")
        if !skip("0") { try digits(of: start) }
        if skip(".") { try digits(of: start) }
        if skip("e") || skip("E") {
            if !skip("-") { _ = skip("+") }
            try digits(of: start)
        }
        // 01 would else be two values.
        if let byte = next, JSONReader.digits ~= byte {
            throw JSONError(.invalidNumber, at: start)
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    /// Skips at least one digit of the number at `start`.
    private mutating func digits(of start: Int) throws(JSONError) {
        let first = offset
        while let byte = next, JSONReader.digits ~= byte { offset += 1 }
        guard offset == first else { return }
        throw next == nil ? JSONError(.endOfText, at: offset) : JSONError(.invalidNumber, at: start)
    }
}

extension JSONReader {
    private mutating func string() throws(JSONError) -> String {
        offset += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                text.append(contentsOf: try escaped().utf8)
            case ..<0x20:
                throw JSONError(.controlCharacter, at: offset)
            default:
                text.append(byte)
                offset += 1
            }
        }
        throw JSONError(.endOfText, at: offset)
    }

    /// The character that the escape here stands for.
    private mutating func escaped() throws(JSONError) -> Character {
        let start = offset
        offset += 1
        guard let byte = next else { throw JSONError(.endOfText, at: offset) }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            return Character(Unicode.Scalar(byte))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try scalar(of: start))
        default: throw JSONError(.invalidEscape, at: start)
        }
    }

    /// The scalar behind the `\u` at `start`, which may be two of UTF-16.
    private mutating func scalar(of start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try fourDigits(of: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard 0xd800..<0xdc00 ~= first else { throw JSONError(.loneSurrogate, at: start) }
        for byte in [UInt8(ascii: "\\"), UInt8(ascii: "u")] {
            guard let next else { throw JSONError(.endOfText, at: offset) }
            guard next == byte else { throw JSONError(.loneSurrogate, at: start) }
            offset += 1
        }
        let second = try fourDigits(of: start)
        guard 0xdc00..<0xe000 ~= second,
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw JSONError(.loneSurrogate, at: start) }
        return scalar
    }

    private mutating func fourDigits(of start: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next else { throw JSONError(.endOfText, at: offset) }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw JSONError(.invalidEscape, at: start)
            }
            value = value << 4 + UInt32(digit)
            offset += 1
        }
        return value
    }

    /// Where `bytes` stop being UTF-8.
    private static func firstInvalidByte(_ bytes: [UInt8]) -> Int {
        var (offset, decoder, input) = (0, UTF8(), bytes.makeIterator())
        while case .scalarValue(let scalar) = decoder.decode(&input) {
            offset += UTF8.width(scalar)
        }
        return offset
    }
}
