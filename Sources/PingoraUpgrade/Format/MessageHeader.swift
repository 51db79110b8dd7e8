/// The first sixteen bytes of a message, checked.
struct MessageHeader: Hashable, Sendable {
    let kind: Message.Kind
    let payloadCount: Int
    let descriptorCount: Int

    /// Reads a header.
    ///
    /// - Throws: `FormatError` for the first rule that it breaks.
    init(_ bytes: [UInt8], version: UInt16) throws(FormatError) {
        try MessageHeader.checkMagic(bytes)
        let found = UInt16(bytes.number(at: 4, count: 2))
        let number = UInt16(bytes.number(at: 6, count: 2))
        guard found == version else {
            throw FormatError(.wrongVersion(found: found, expected: version), at: 4)
        }
        guard let kind = Message.Kind(rawValue: number), version != 0 || kind.isVersionless else {
            throw FormatError(.unknownKind(number), at: 6)
        }
        let payloadCount = bytes.number(at: 8, count: 4)
        guard payloadCount <= FormatLimits.payloadBytes else {
            throw FormatError(.payloadTooLong(UInt32(payloadCount)), at: 8)
        }
        let descriptorCount = bytes.number(at: 12, count: 2)
        guard descriptorCount <= FormatLimits.descriptorsPerMessage else {
            throw FormatError(.tooManyDescriptors(UInt16(descriptorCount)), at: 12)
        }
        let expected = kind.descriptors
        guard descriptorCount == 0 || expected.upperBound > 0 else {
            throw FormatError(.strayDescriptors(UInt16(descriptorCount)), at: 12)
        }
        guard expected ~= descriptorCount else {
            throw FormatError(
                .badDescriptorCount(
                    found: UInt16(descriptorCount), expected: expected.lowerBound), at: 12)
        }
        let reserved = bytes.number(at: 14, count: 2)
        guard reserved == 0 else { throw FormatError(.reservedBits(UInt16(reserved)), at: 14) }
        self.kind = kind
        self.payloadCount = payloadCount
        self.descriptorCount = descriptorCount
    }

    /// Compares as many bytes of the magic as there are, so that a stranger is known by the first.
    static func checkMagic(_ bytes: [UInt8]) throws(FormatError) {
        for (offset, byte) in MessageEncoder.magic.enumerated() where offset < bytes.count {
            guard bytes[offset] == byte else { throw FormatError(.badMagic, at: offset) }
        }
    }
}

extension [UInt8] {
    /// The number in network order at `offset`, which must be there. Of 8 bytes, the bit pattern.
    func number(at offset: Int, count: Int) -> Int {
        self[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }
}
