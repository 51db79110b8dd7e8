/// The fields of a payload, one after the other. Offsets count from the beginning of the message,
/// which `bytes` holds as a whole.
struct FieldReader {
    struct Field {
        /// Without the critical bit.
        let tag: UInt16
        let isCritical: Bool
        /// Where the field begins.
        let start: Int
        let value: Range<Int>
    }

    let bytes: [UInt8]
    private var offset = FormatLimits.headerBytes

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The next field; nil at the end of the payload.
    mutating func next() throws(FormatError) -> Field? {
        let start = offset
        guard start < bytes.count else { return nil }
        let valueStart = start + FieldTag.headerBytes
        guard valueStart <= bytes.count else { throw FormatError(.fieldBeyondPayload, at: start) }
        let number = UInt16(bytes.number(at: start, count: 2))
        let count = bytes.number(at: start + 2, count: 4)
        guard count <= bytes.count - valueStart else {
            throw FormatError(.fieldBeyondPayload, at: start + 2)
        }
        offset = valueStart + count
        return Field(
            tag: number & ~FieldTag.criticalBit, isCritical: number & FieldTag.criticalBit != 0,
            start: start, value: valueStart..<offset)
    }
}

/// The fields of a message that come at most once.
struct SingleFields {
    private let bytes: [UInt8]
    private var values: [UInt16: Range<Int>] = [:]

    /// Gathers the `known` fields and skips unknown ones.
    init(_ bytes: [UInt8], known: [UInt16]) throws(FormatError) {
        self.bytes = bytes
        var reader = FieldReader(bytes)
        while let field = try reader.next() {
            guard known.contains(field.tag) else {
                try field.checkSkippable()
                continue
            }
            guard values.updateValue(field.value, forKey: field.tag) == nil else {
                throw FormatError(.repeatedField(field.tag), at: field.start)
            }
        }
    }

    /// The number in a field that must be there with just the bytes of its type.
    func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ tag: UInt16, as type: Number.Type
    ) throws(FormatError) -> Number {
        guard let range = values[tag] else {
            throw FormatError(.missingField(tag), at: bytes.count)
        }
        guard range.count == Number.bitWidth / 8 else {
            throw FormatError(
                .badNumber(field: tag, count: range.count), at: range.lowerBound)
        }
        return Number(
            truncatingIfNeeded: bytes.number(at: range.lowerBound, count: range.count))
    }

    /// The name in a field that must be there.
    func name(_ tag: UInt16) throws(FormatError) -> SocketName {
        guard let range = values[tag] else {
            throw FormatError(.missingField(tag), at: bytes.count)
        }
        guard let name = try? SocketName(bytes: Array(bytes[range])) else {
            // The error of the name does not know where it stands.
            throw FormatError(.badNameLength(range.count), at: range.lowerBound)
        }
        return name
    }

    /// What a connection holds in a field; nothing where the field is not there.
    func held(_ tag: UInt16) throws(FormatError) -> [UInt8] {
        guard let range = values[tag] else { return [] }
        guard range.count <= FormatLimits.heldBytes else {
            throw FormatError(
                .tooManyHeldBytes(field: tag, count: range.count), at: range.lowerBound)
        }
        return Array(bytes[range])
    }

    /// The text in a field, printable; empty where the field is not there.
    func text(_ tag: UInt16) throws(FormatError) -> String {
        guard let range = values[tag] else { return "" }
        guard range.count <= FormatLimits.textBytes else {
            throw FormatError(.textTooLong(range.count), at: range.lowerBound)
        }
        return PeerText.text(bytes[range])
    }

    /// Where the value of a field stands; nil where the field is not there.
    func range(of tag: UInt16) -> Range<Int>? { values[tag] }

    /// Where the value of a field begins; the end of the message where it is not there.
    func offset(of tag: UInt16) -> Int { values[tag]?.lowerBound ?? bytes.count }
}

extension FieldReader.Field {
    /// Refuses a field that the reader does not know if its sender wants that.
    func checkSkippable() throws(FormatError) {
        if isCritical { throw FormatError(.unknownCriticalField(tag), at: start) }
    }
}
