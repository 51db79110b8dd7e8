/// Text from outside as messages show it.
enum ShownExcerpt {
    /// The longest excerpt, in Unicode scalars: a long host name.
    private static let longest = 100

    /// `text` as it stands where it is a plain word; else in quotes, escaped. Cut where it is long.
    static func of(_ text: String) -> String {
        let shown = String(text.unicodeScalars.prefix(longest))
        let rest = shown.unicodeScalars.count < text.unicodeScalars.count ? "..." : ""
        let isPlain = shown.utf8.allSatisfy { 0x21..<0x7f ~= $0 && $0 != 0x22 && $0 != 0x5c }
        return (isPlain && !shown.isEmpty ? shown : shown.debugDescription) + rest
    }
}
