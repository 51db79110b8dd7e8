/// Counts lines and characters of UTF-8 as libyaml does, so that all problems of a file, whoever
/// finds them, name places of the same kind.
///
/// A line ends with LF, CR, CR LF, U+0085, U+2028 or U+2029 (YAML 1.1, section 4.1.4).
struct YAMLPlace {
    /// The place of the next character.
    private(set) var position = TextPosition.start
    /// The two bytes before it.
    private var last: (UInt8, UInt8) = (0, 0)

    /// Whether `byte`, which comes next, is the first one of the character at `position`.
    func begins(with byte: UInt8, at position: TextPosition) -> Bool {
        // The second half of CR LF stands nowhere.
        let isWithin = byte & 0xc0 == 0x80 || last.1 == 0x0d && byte == 0x0a
        return self.position == position && !isWithin
    }

    /// Goes on behind `byte`.
    mutating func pass(_ byte: UInt8) {
        switch (last.0, last.1, byte) {
        case (_, 0x0d, 0x0a): break
        case (_, _, 0x0a), (_, _, 0x0d), (_, 0xc2, 0x85), (0xe2, 0x80, 0xa8), (0xe2, 0x80, 0xa9):
            position = TextPosition(line: position.line + 1, column: 1)
        default:
            guard byte & 0xc0 != 0x80 else { break }
            position = TextPosition(line: position.line, column: position.column + 1)
        }
        last = (last.1, byte)
    }
}
