import Foundation

/// Links between pages: a page that is moved takes its readers along.
enum Links {
    /// Relative links of a page to what does not exist; `exists` is asked about paths relative to
    /// the repository's root.
    static func broken(_ page: SourceFile, exists: (String) -> Bool) -> [Violation] {
        var isFenced = false
        return page.text.indices.flatMap { index -> [Violation] in
            let line = page.text[index]
            if line.drop(while: \.isWhitespace).hasPrefix("```") { isFenced.toggle() }
            if isFenced { return [] }
            return targets(String(line)).compactMap { target in
                guard let path = path(target, from: page.path) else { return nil }
                if exists(path) { return nil }
                return page.violation(index, "link to \(target), which is not there: correct it")
            }
        }
    }

    /// What a line links to: `[text](target "title")` and `[name]: target`, outside of code.
    static func targets(_ line: String) -> [String] {
        // Every second piece between backquotes is code.
        let prose = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset % 2 == 0 ? String($0.element) : "" }.joined(separator: "`")
        var targets = prose.components(separatedBy: "](").dropFirst().compactMap {
            $0.components(separatedBy: ")").first
        }
        let definition = prose.components(separatedBy: "]: ")
        if prose.hasPrefix("["), definition.count == 2 { targets.append(definition[1]) }
        return targets.compactMap {
            $0.split(separator: " ").first?.trimmingCharacters(in: ["<", ">"])
        }
    }

    /// The path relative to the root that a link on `page` means; nil where it leads elsewhere or
    /// stays on the page.
    static func path(_ target: String, from page: String) -> String? {
        let file = target.split(separator: "#", omittingEmptySubsequences: false).first ?? ""
        guard !file.isEmpty, !file.contains(":") else { return nil }
        var parts = file.hasPrefix("/") ? [] : page.split(separator: "/").dropLast()
        for part in file.split(separator: "/") where part != "." {
            // Above the root there is nothing, which `..` then says to `exists`.
            if part == "..", !parts.isEmpty, parts.last != ".." {
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        let path = parts.joined(separator: "/")
        return path.removingPercentEncoding ?? path
    }
}
