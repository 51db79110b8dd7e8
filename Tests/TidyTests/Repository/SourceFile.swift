/// A file of the repository, or a sample of one.
struct SourceFile {
    /// Relative to the repository's root: `Sources/PingoraLB/Backend.swift`.
    let path: String
    /// The lines as they are written.
    let text: [Substring]
    /// The same lines, taken apart as Swift.
    let lines: [CodeLine]

    init(path: String, _ text: String) {
        self.path = path
        // A final newline ends the last line and begins none.
        let whole = text.hasSuffix("\n") ? text.dropLast() : Substring(text)
        self.text = whole.split(separator: "\n", omittingEmptySubsequences: false)
        lines = path.hasSuffix(".swift") ? CodeLine.lines(of: text) : []
    }

    /// A breach of a rule at the line with this index, which counts from 0.
    func violation(_ index: Int, _ message: String) -> Violation {
        Violation(path: path, line: index + 1, message: message)
    }
}

/// What breaks a rule, where, and what to do about it.
struct Violation: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}
