/// Text of a file as messages show it: nothing in it can move a terminal's cursor, break a line or
/// fill the screen.
package enum ShownText {
    /// The longest excerpt, in Unicode scalars: half a line of a terminal.
    private static let longest = 40

    /// `text` in `quote`s, with escapes, cut where it is long.
    static func quoted(_ text: String, by quote: Unicode.Scalar = "\"") -> String {
        var shown = String(quote)
        for scalar in text.unicodeScalars.prefix(longest) {
            if scalar == quote || scalar == "\\" {
                shown += "\\\(scalar)"
            } else {
                shown += isHarmless(scalar) ? String(scalar) : escape(scalar)
            }
        }
        if text.unicodeScalars.dropFirst(longest).first != nil { shown += "..." }
        return shown + String(quote)
    }

    /// All of `text` without quotes, with escapes.
    package static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { shown, scalar in
            shown += isHarmless(scalar) ? String(scalar) : escape(scalar)
        }
    }

    /// A key as a part of a path: as it stands where it is a plain word, else in quotes.
    static func pathPart(_ key: String) -> String {
        let isPlain = key.utf8.allSatisfy { byte in
            48...57 ~= byte || 65...90 ~= byte || 97...122 ~= byte || byte == 0x5f || byte == 0x2d
        }
        return isPlain && !key.isEmpty && key.utf8.count <= longest ? key : quoted(key)
    }

    /// Visible ASCII, and letters of every language; not what changes the direction of a line.
    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? 0x20..<0x7f ~= scalar.value : scalar.properties.isAlphabetic
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(scalar.value, radix: 16))}"
        }
    }
}
