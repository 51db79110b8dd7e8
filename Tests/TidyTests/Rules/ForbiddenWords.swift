/// STYLE 15 and 23: nothing may trap on what happens in operation, and nothing waits on main.
enum ForbiddenWords {
    static func traps(_ file: SourceFile) -> [Violation] {
        file.lines.indices.flatMap { index in
            let line = file.lines[index]
            var messages: [String] = []
            if contains("try!", line.code) { messages.append("try!: handle the error or throw it") }
            if contains("as!", line.code) { messages.append("as!: use as? and say what else") }
            if line.words.contains("fatalError") {
                messages.append("fatalError: throw, or state the broken invariant in precondition")
            }
            if unwrapsByForce(line.code) {
                messages.append("forced unwrapping: use guard let, or ?? with what else holds")
            }
            return messages.map { file.violation(index, $0) }
        }
    }

    static func unfinished(_ file: SourceFile) -> [Violation] {
        file.lines.indices.flatMap { index in
            Set(file.lines[index].commentWords).intersection(["TODO", "FIXME", "XXX"]).sorted().map
            {
                file.violation(index, "\($0): open an issue, or document the limitation")
            }
        }
    }

    private static func contains(_ word: String, _ code: String) -> Bool {
        code.split { " ([{,=:".contains($0) }.contains { $0 == word }
    }

    /// A postfix `!`, also of a type; `!=` has a space before it, for swift-format puts it there.
    private static func unwrapsByForce(_ code: String) -> Bool {
        guard code.contains("!") else { return false }
        let characters = Array(code)
        return characters.indices.dropFirst().contains { index in
            guard characters[index] == "!" else { return false }
            let before = characters[index - 1]
            guard before.isLetter || before.isNumber || "_)]}\">".contains(before) else {
                return false
            }
            let word = characters[..<index].reversed().prefix { $0.isLetter }
            return String(word.reversed()) != "try" && String(word.reversed()) != "as"
        }
    }
}
