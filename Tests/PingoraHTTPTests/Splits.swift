import Testing

@testable import PingoraHTTP

/// What became of some bytes that were given to a parser.
enum Outcome: Hashable, Sendable {
    /// The head, as text, and its size.
    case accepted(String, Int)
    case rejected(ParseError)
    case incomplete
}

/// The bytes of a text, one for each scalar up to U+00FF.
func latin1(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8($0.value) }
}

/// The text of bytes, one scalar each.
func latin1(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    return text
}

/// Parses a request head of which ever more comes: the first `ends[0]` bytes, then `ends[1]`...
func parseRequest(_ bytes: [UInt8], ends: [Int], limits: ParseLimits = .request) -> Outcome {
    var parser = RequestParser(limits: limits)
    var head = RequestHead()
    do {
        for end in ends {
            guard let size = try parser.parse(bytes.span.extracting(0..<end), into: &head)
            else { continue }
            let line = "\(head.method) \(latin1(head.targetBytes)) \(head.version)"
            return .accepted(line + dump(head.fields), size)
        }
        return .incomplete
    } catch {
        return .rejected(error)
    }
}

/// As ``parseRequest(_:ends:limits:)``, for a response head.
func parseResponse(_ bytes: [UInt8], ends: [Int], limits: ParseLimits = .response) -> Outcome {
    var parser = ResponseParser(limits: limits)
    var head = ResponseHead()
    do {
        for end in ends {
            guard let size = try parser.parse(bytes.span.extracting(0..<end), into: &head)
            else { continue }
            let line = "\(head.version) \(head.status) \(latin1(head.reasonBytes))"
            return .accepted(line + dump(head.fields), size)
        }
        return .incomplete
    } catch {
        return .rejected(error)
    }
}

/// `|Name: value` of every line.
func dump(_ fields: borrowing Fields) -> String {
    var text = ""
    for line in fields.lines {
        let name = fields.bytes[Int(line.nameStart)..<Int(line.nameStart + line.nameCount)]
        let value = fields.bytes[Int(line.valueStart)..<Int(line.valueStart + line.valueCount)]
        text += "|\(latin1(name)): \(latin1(value))"
    }
    return text
}

/// The outcome of `bytes` in one piece, having checked that it is the same in two pieces cut
/// anywhere, and byte by byte.
func everyWay(
    _ bytes: [UInt8], location: SourceLocation = #_sourceLocation,
    parse: ([UInt8], _ ends: [Int]) -> Outcome
) -> Outcome {
    let whole = parse(bytes, [bytes.count])
    for cut in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 2000)) {
        let split = parse(bytes, [cut, bytes.count])
        #expect(split == whole, "cut at \(cut)", sourceLocation: location)
        guard split == whole else { break }
    }
    let single = parse(bytes, Array(0...bytes.count))
    #expect(single == whole, "byte by byte", sourceLocation: location)
    return whole
}

/// The outcome of a request head, every way.
func request(
    _ text: String, limits: ParseLimits = .request, location: SourceLocation = #_sourceLocation
) -> Outcome {
    everyWay(latin1(text), location: location) { parseRequest($0, ends: $1, limits: limits) }
}

/// The outcome of a response head, every way.
func response(
    _ text: String, limits: ParseLimits = .response, location: SourceLocation = #_sourceLocation
) -> Outcome {
    everyWay(latin1(text), location: location) { parseResponse($0, ends: $1, limits: limits) }
}
