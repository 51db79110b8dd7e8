/// STYLE 21: who uses a symbol must not need to read its body.
enum Documentation {
    /// A file that declares something public and documents nothing; swift-format looks closer.
    static func missing(_ file: SourceFile) -> [Violation] {
        guard file.path.hasPrefix("Sources/"), !file.lines.contains(where: \.isDocumentation),
            let first = file.lines.firstIndex(where: declaresPublic)
        else { return [] }
        return [
            file.violation(first, "public, but the file has no /// comment: say what it is for")
        ]
    }

    private static func declaresPublic(_ line: CodeLine) -> Bool {
        let words = line.words
        return words.contains("public") && !words.contains("import")
    }
}
