/// STYLE 14: the places where the compiler's proof of thread safety is replaced by a sentence.
enum UncheckedMarks {
    static let marks = ["@unchecked Sendable", "nonisolated(unsafe)"]

    /// The line indices at which a mark stands in code.
    static func places(of mark: String, in file: SourceFile) -> [Int] {
        file.lines.indices.filter { file.lines[$0].code.contains(mark) }
    }

    /// Marks with no comment on their line or one of the three before or after it.
    static func unexplained(_ file: SourceFile) -> [Violation] {
        marks.flatMap { mark in
            places(of: mark, in: file).filter { index in
                let around = max(0, index - 3)...min(file.lines.count - 1, index + 3)
                return file.lines[around].allSatisfy(\.comment.isEmpty)
            }.map { file.violation($0, "\(mark) without a comment that names the invariant") }
        }
    }

    /// One message where the files hold more marks than allowed: it may only fall.
    static func excess(of mark: String, in files: [SourceFile], allowed: Int) -> String? {
        let found = files.flatMap { file in
            places(of: mark, in: file).map { "\(file.path):\($0 + 1)" }
        }
        guard found.count > allowed else { return nil }
        return "\(found.count) times \(mark), at most \(allowed): let the compiler prove it, or "
            + "raise the number in a commit that says why. " + found.joined(separator: ", ")
    }
}
