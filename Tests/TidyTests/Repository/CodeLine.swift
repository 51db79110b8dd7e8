/// One line of Swift, taken apart: a rule about code must not trip over a comment or a text.
struct CodeLine: Equatable {
    /// The line without comments; of a string literal only quotes and interpolations remain.
    var code: String
    /// The line's comments with their slashes; empty where there is none.
    var comment: String

    /// The words of the code, as `try` and `x` in `try x()`.
    var words: [Substring] { CodeLine.words(code) }

    /// The words of the comment.
    var commentWords: [Substring] { CodeLine.words(comment) }

    var isDocumentation: Bool { comment.hasPrefix("///") }

    private static func words(_ text: String) -> [Substring] {
        text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    }
}

extension CodeLine {
    /// The lines of `text`. Tolerant: it knows no regular expression literals.
    static func lines(of text: String) -> [CodeLine] {
        var splitter = LineSplitter(text)
        return splitter.run()
    }
}

/// Separates code, comments and texts, byte by byte.
private struct LineSplitter {
    private enum Context {
        case text(hashes: Int, multiline: Bool)
        case interpolation(openParentheses: Int)
        case blockComment(depth: Int)
    }

    private let bytes: [UInt8]
    private var position = 0
    private var contexts: [Context] = []
    private var code: [UInt8] = []
    private var comment: [UInt8] = []
    private var lines: [CodeLine] = []

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func run() -> [CodeLine] {
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n") {
                endLine()
                position += 1
                continue
            }
            switch contexts.last {
            case .text(let hashes, let multiline): readText(hashes: hashes, multiline: multiline)
            case .blockComment(let depth): readBlockComment(depth: depth)
            case .interpolation, nil: readCode()
            }
        }
        if !code.isEmpty || !comment.isEmpty { endLine() }
        return lines
    }

    private mutating func endLine() {
        // A text of one line ends here at the latest, whatever it holds.
        if case .text(_, multiline: false) = contexts.last { contexts.removeLast() }
        lines.append(
            CodeLine(
                code: String(decoding: code, as: UTF8.self),
                comment: String(decoding: comment, as: UTF8.self)))
        code.removeAll()
        comment.removeAll()
    }

    private mutating func readText(hashes: Int, multiline: Bool) {
        let fence = String(repeating: "#", count: hashes)
        let quotes = multiline ? "\"\"\"" : "\""
        if skip(quotes + fence) {
            contexts.removeLast()
            code.append(UInt8(ascii: "\""))
        } else if skip("\\" + fence + "(") {
            contexts.append(.interpolation(openParentheses: 1))
            code.append(UInt8(ascii: "("))
        } else if skip("\\" + fence) {
            // What is escaped; a newline is left to the loop.
            if position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
        } else {
            position += 1
        }
    }

    private mutating func readBlockComment(depth: Int) {
        contexts.removeLast()
        if skip("*/") {
            if depth > 1 { contexts.append(.blockComment(depth: depth - 1)) }
        } else if skip("/*") {
            contexts.append(.blockComment(depth: depth + 1))
        } else {
            comment.append(bytes[position])
            position += 1
            contexts.append(.blockComment(depth: depth))
        }
    }

    private mutating func readCode() {
        if starts(with: "//") {
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            comment += bytes[position..<end]
            position = end
            return
        }
        if skip("/*") { return contexts.append(.blockComment(depth: 1)) }
        if startText() { return }
        let byte = bytes[position]
        position += 1
        code.append(byte)
        guard case .interpolation(let open) = contexts.last else { return }
        if byte == UInt8(ascii: "(") {
            contexts[contexts.count - 1] = .interpolation(openParentheses: open + 1)
        } else if byte == UInt8(ascii: ")") {
            contexts.removeLast()
            if open > 1 { contexts.append(.interpolation(openParentheses: open - 1)) }
        }
    }

    private mutating func startText() -> Bool {
        let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
        let start = position
        position += hashes
        let multiline = starts(with: "\"\"\"")
        guard skip(multiline ? "\"\"\"" : "\"") else {
            position = start
            return false
        }
        contexts.append(.text(hashes: hashes, multiline: multiline))
        code.append(UInt8(ascii: "\""))
        return true
    }

    private func starts(with text: String) -> Bool {
        bytes[position...].starts(with: text.utf8)
    }

    private mutating func skip(_ text: String) -> Bool {
        guard starts(with: text) else { return false }
        position += text.utf8.count
        return true
    }
}
