/// STYLE 3, 4 and 29: what fits on a screen can be read.
enum Sizes {
    static let longestFile = 400
    static let longestFunction = 60
    static let longestLine = 100

    static func longFiles(_ file: SourceFile) -> [Violation] {
        guard file.text.count > longestFile else { return [] }
        return [
            file.violation(
                longestFile,
                "\(file.text.count) lines, at most \(longestFile): move one idea to its own file")
        ]
    }

    static func longLines(_ file: SourceFile) -> [Violation] {
        file.text.indices.filter { index in
            file.text[index].count > longestLine && !isAddress(file.lines[index])
        }.map { index in
            file.violation(
                index,
                "\(file.text[index].count) columns, at most \(longestLine): break the line")
        }
    }

    /// A comment that holds a URL cannot be broken.
    private static func isAddress(_ line: CodeLine) -> Bool {
        line.code.allSatisfy(\.isWhitespace) && line.comment.contains("://")
    }

    static func longFunctions(_ file: SourceFile) -> [Violation] {
        file.lines.indices.compactMap { index in
            guard declaresFunction(file.lines[index].code),
                let end = endOfBody(file.lines, from: index)
            else { return nil }
            let length = end - index + 1
            guard length > longestFunction else { return nil }
            return file.violation(
                index,
                "function of \(length) lines, at most \(longestFunction): let pure helpers decide")
        }
    }

    static func declaresFunction(_ code: String) -> Bool {
        for word in code.split(separator: " ") {
            if ["func", "deinit"].contains(word) { return true }
            let starts = ["init(", "init?(", "init<", "init?<", "subscript(", "subscript<"]
            if starts.contains(where: word.hasPrefix) { return true }
            // Before it stand only attributes and modifiers: `@inlinable`, `private(set)`.
            guard word.allSatisfy({ $0.isLetter || "@_()".contains($0) }) else { return false }
        }
        return false
    }

    /// The line of the brace that closes the body of the function declared at `start`; nil where
    /// there is no body, as in a protocol.
    private static func endOfBody(_ lines: [CodeLine], from start: Int) -> Int? {
        var (parentheses, braces) = (0, 0)
        for index in start..<lines.count {
            let code = lines[index].code
            if index > start, braces == 0, parentheses == 0, declaresFunction(code) { return nil }
            for character in code {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                case "{" where braces > 0 || parentheses == 0: braces += 1
                case "}" where braces > 0:
                    braces -= 1
                    if braces == 0 { return index }
                // The end of a protocol.
                case "}" where parentheses == 0: return nil
                default: break
                }
            }
        }
        return nil
    }
}
