extension Fields {
    /// Removes every line that a server may take for `name`: CGI can't tell `_` from `-`, nor the
    /// case of letters (RFC 3875 §4.1.18).
    package mutating func removeLookalikes(of name: FieldName) {
        remove(name)
        let wanted = name.description.utf8.map(Fields.folded)
        removeLines(from: 0) { fields, index in
            let found = fields.name(index)
            guard found.count == wanted.count else { return false }
            for place in wanted.indices
            where Fields.folded(found.byte(place)) != wanted[place] { return false }
            return true
        }
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : ByteClass.lowercase(byte)
    }
}
