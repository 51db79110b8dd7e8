/// The grammar of chunk extensions (RFC 9112 §7.1.1), byte by byte: `;name`, `;name=token`,
/// `;name="quoted"`. No white space, which is a known way to hide a line end.
struct ChunkExtension: Sendable {
    private enum Place: Sendable {
        case nameStart, name, valueStart, value, quoted, escaped, quotedEnd
    }

    private var place = Place.nameStart

    /// Whether the line may end here.
    var mayEnd: Bool {
        switch place {
        case .name, .value, .quotedEnd: true
        default: false
        }
    }

    /// Takes the next byte after a `;`; false if it is not allowed there.
    mutating func accept(_ byte: UInt8) -> Bool {
        switch place {
        case .nameStart:
            place = .name
            return ByteClass.isToken(byte)
        case .name:
            if byte == 0x3d { place = .valueStart } else { return orNext(byte) }
        case .valueStart:
            place = byte == 0x22 ? .quoted : .value
            return byte == 0x22 || ByteClass.isToken(byte)
        case .value: return orNext(byte)
        case .quoted:
            if byte == 0x22 { place = .quotedEnd } else if byte == 0x5c { place = .escaped }
            return ByteClass.isValue(byte)
        case .escaped:
            place = .quoted
            return ByteClass.isValue(byte)
        case .quotedEnd:
            guard byte == 0x3b else { return false }
            place = .nameStart
        }
        return true
    }

    private mutating func orNext(_ byte: UInt8) -> Bool {
        guard byte == 0x3b else { return ByteClass.isToken(byte) }
        place = .nameStart
        return true
    }
}
