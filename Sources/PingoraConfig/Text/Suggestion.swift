/// What somebody who mistyped a name may have meant.
enum Suggestion {
    /// Names are short; what is longer was not mistyped, and would cost much to compare.
    private static let longest = 64
    /// Of more names, only the first are looked at: the cost is bounded, and it is only a hint.
    private static let mostNames = 64

    /// The name that takes the fewest edits, if it takes few enough to be likely: one for a name of
    /// three letters, two for one of six, else three. Failing that, a name that begins with it.
    static func nearest(to name: String, among names: [String]) -> String? {
        guard name.utf8.count <= longest else { return nil }
        let wanted = folded(name)
        let limit = wanted.count <= 3 ? 1 : wanted.count <= 6 ? 2 : 3
        var best: (name: String, edits: Int)?
        for candidate in names.prefix(mostNames) where candidate.utf8.count <= longest {
            let edits = distance(wanted, folded(candidate))
            if edits <= limit, edits < wanted.count, edits < best?.edits ?? .max {
                best = (candidate, edits)
            }
        }
        return best?.name
            ?? names.prefix(mostNames).first { wanted.count > 2 && folded($0).starts(with: wanted) }
    }

    /// `, did you mean "name"?`, or nothing.
    static func hint(
        for name: String, among names: [String], quotedBy quote: Unicode.Scalar = "\""
    ) -> String {
        guard let nearest = nearest(to: name, among: names) else { return "" }
        return ", did you mean \(ShownText.quoted(nearest, by: quote))?"
    }

    /// Lower case and with underscores, because neither tells two names apart.
    private static func folded(_ name: String) -> [UInt8] {
        name.utf8.map { 65...90 ~= $0 ? $0 | 0x20 : $0 == 0x2d ? 0x5f : $0 }
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var earlier: [Int] = []
        var previous = Array(0...second.count)
        for row in 0..<first.count {
            var current = [row + 1]
            for column in 0..<second.count {
                let isSame = first[row] == second[column]
                var least = min(
                    previous[column] + (isSame ? 0 : 1), previous[column + 1] + 1,
                    current[column] + 1)
                if row > 0, column > 0, first[row] == second[column - 1],
                    first[row - 1] == second[column]
                {
                    least = min(least, earlier[column - 1] + 1)
                }
                current.append(least)
            }
            (earlier, previous) = (previous, current)
        }
        return previous[second.count]
    }
}
