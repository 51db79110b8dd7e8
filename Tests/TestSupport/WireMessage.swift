/// A message as strict as the grammar can be read, by a reader that shares no code with ours.
public struct WireMessage: Sendable {
    public var startLine = ""
    public var fields: [(name: String, value: String)] = []
    public var body: [UInt8] = []
    public var trailers: [UInt8] = []
    /// Whether the end of the connection ends the body.
    public var isUntilClose = false
    /// How many bytes it took.
    public var count = 0

    public enum Result: Sendable {
        case incomplete(head: WireMessage?)
        case invalid(String)
        case complete(WireMessage)
    }

    /// What the body of a message is like besides what its fields say.
    public enum Kind: Sendable {
        case request
        case response(toHead: Bool)
    }

    /// The values of a field.
    public subscript(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The parts of a request line, or of a status line.
    public var words: [String] {
        startLine.utf8.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The status of a response.
    public var status: Int { words.count > 1 ? Int(words[1]) ?? 0 : 0 }

    /// Reads one message at the front of `bytes`. `isEnd`: nothing more will come.
    public static func parse(_ bytes: [UInt8], _ kind: Kind, isEnd: Bool = false) -> Result {
        guard let end = endOfHead(bytes) else {
            return bytes.count > 70_000 ? .invalid("a head without an end") : .incomplete(head: nil)
        }
        var message = WireMessage()
        if let wrong = message.readHead(Array(bytes[..<(end - 4)]), kind) { return .invalid(wrong) }
        return message.readBody(Array(bytes[end...]), after: end, kind, isEnd: isEnd)
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4)
        where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13
            && bytes[index + 3] == 10
        {
            return index + 4
        }
        return nil
    }

    /// Reads the lines of the head; says what is wrong with them.
    private mutating func readHead(_ head: [UInt8], _ kind: Kind) -> String? {
        var lines: [[UInt8]] = [[]]
        var index = 0
        while index < head.count {
            if head[index] == 13, index + 1 < head.count, head[index + 1] == 10 {
                lines.append([])
                index += 2
                continue
            }
            guard head[index] >= 0x20 || head[index] == 9, head[index] != 0x7f else {
                return "a control character in a head: \(WireText.shown(head))"
            }
            lines[lines.count - 1].append(head[index])
            index += 1
        }
        startLine = String(decoding: lines[0], as: UTF8.self)
        if let wrong = checkStartLine(kind) { return wrong }
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: 0x3a), colon > 0,
                line[..<colon].allSatisfy(Self.isToken), line.count > colon,
                line.count == colon + 1 || line[colon + 1] == 0x20
            else { return "a field line \(WireText.shown(line))" }
            fields.append(
                (
                    String(decoding: line[..<colon], as: UTF8.self),
                    String(decoding: line[(colon + 1)...].dropFirst(), as: UTF8.self)
                ))
        }
        return nil
    }

    private func checkStartLine(_ kind: Kind) -> String? {
        switch kind {
        case .request:
            guard words.count == 3, words[2] == "HTTP/1.1", !words[1].isEmpty,
                words[0].utf8.allSatisfy(Self.isToken)
            else { return "a request line \(startLine.debugDescription)" }
        case .response:
            guard words.count == 3, words[0] == "HTTP/1.1", words[1].utf8.count == 3,
                words[1].utf8.allSatisfy({ 48...57 ~= $0 })
            else { return "a status line \(startLine.debugDescription)" }
        }
        return nil
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
        }
    }

    private mutating func readBody(
        _ rest: [UInt8], after head: Int, _ kind: Kind, isEnd: Bool
    ) -> Result {
        let lengths = self["Content-Length"]
        let codings = self["Transfer-Encoding"]
        guard lengths.count + codings.count <= 1, codings.allSatisfy({ $0 == "chunked" }) else {
            return .invalid("framing by \(lengths) and \(codings)")
        }
        count = head
        if case .response(let isToHead) = kind {
            if isToHead || status < 200 || status == 204 || status == 304 {
                return .complete(self)
            }
            isUntilClose = lengths.isEmpty && codings.isEmpty
        }
        if let text = lengths.first {
            guard let length = Int(text), String(length) == text else {
                return .invalid("a length of \(text)")
            }
            guard rest.count >= length else { return .incomplete(head: self) }
            body = Array(rest[..<length])
            count += length
        } else if !codings.isEmpty {
            switch ChunkedText.parse(rest) {
            case .incomplete: return .incomplete(head: self)
            case .invalid(let why): return .invalid(why)
            case .complete(let payload, let lines, let size):
                (body, trailers) = (payload, lines)
                count += size
            }
        } else if isUntilClose {
            guard isEnd else { return .incomplete(head: self) }
            body = rest
            count += rest.count
        }
        return .complete(self)
    }
}
