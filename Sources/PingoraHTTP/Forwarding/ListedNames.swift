/// The names that a message lists in Connection, found in one pass and without allocation: known
/// ones as a set, others as places in the bytes of the fields.
struct ListedNames {
    /// How many names of a sender's own are remembered, so that searching for them stays cheap.
    static let limit = 32

    /// The bits of the names that have an id.
    private(set) var known: UInt64 = 0
    private var others = InlineArray<32, Name>(repeating: Name(range: 0..<0, digest: 0))
    private var otherCount = 0

    /// A place in the bytes of the fields, and what tells most names apart.
    private struct Name {
        let range: Range<Int>
        let digest: UInt32
    }

    init(_ fields: borrowing Fields) {
        for index in fields.lines.indices where fields.lines[index].id == .connection {
            add(fields.value(index), at: Int(fields.lines[index].valueStart))
        }
    }

    /// Whether the name of line `index` is among the others.
    func holdName(_ index: Int, of fields: borrowing Fields) -> Bool {
        let name = fields.name(index)
        let digest = Self.digest(name)
        // Measured: through the array's own subscript, the search takes ten times as long.
        let others = others.span
        for position in 0..<otherCount where others[position].digest == digest {
            let other = fields.bytes.span.extracting(others[position].range)
            if name.equalsIgnoringCase(other) { return true }
        }
        return false
    }

    /// The others by themselves, for when `fields` are gone.
    func otherNames(in fields: borrowing Fields) -> [FieldName] {
        var names: [FieldName] = []
        for index in 0..<otherCount {
            let range = others[index].range
            let text = fields.text(
                UInt32(truncatingIfNeeded: range.lowerBound),
                UInt32(truncatingIfNeeded: range.count))
            // What is no token is no name of a field either.
            if let name = FieldName(text) { names.append(name) }
        }
        return names
    }

    /// FNV-1a, whatever the case of letters. Who makes names collide gains some microseconds.
    private static func digest(_ name: borrowing Span<UInt8>) -> UInt32 {
        var digest: UInt32 = 2_166_136_261
        for index in 0..<name.count {
            digest = (digest ^ UInt32(ByteClass.lowercase(name.byte(index)))) &* 16_777_619
        }
        return digest
    }

    /// Adds the members of `list`, which stands at `offset` in the bytes of the fields.
    private mutating func add(_ list: borrowing Span<UInt8>, at offset: Int) {
        var start = 0
        while start <= list.count {
            let end = list.end(of: { $0 != 0x2c }, from: start)
            let range = ConnectionOptions.trimmedRange(list, start, end)
            start = end + 1
            let member = list.extracting(range)
            let id = FieldID.recognise(member)
            known |= id.bit
            guard id == .other, !range.isEmpty, otherCount < Self.limit,
                !member.equalsIgnoringCase("close")
            else { continue }
            others[otherCount] = Name(
                range: range.lowerBound + offset..<range.upperBound + offset,
                digest: Self.digest(member))
            otherCount += 1
        }
    }
}
