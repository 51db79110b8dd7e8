/// A message that breaks a rule of the wire format, and where.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rules, one case each (docs/UPGRADE_PROTOCOL.md).
    public enum Rule: Hashable, Sendable {
        /// The first four bytes are not `PGUP`: somebody else's protocol.
        case badMagic
        /// The header's version is not the one agreed on (0 before the agreement).
        case wrongVersion(found: UInt16, expected: UInt16)
        /// A kind that this version does not have.
        case unknownKind(UInt16)
        /// The header's last two bytes must be zero in this version.
        case reservedBits(UInt16)
        /// More than ``FormatLimits/payloadBytes``.
        case payloadTooLong(UInt32)
        /// More than ``FormatLimits/descriptorsPerMessage``.
        case tooManyDescriptors(UInt16)
        /// Descriptors with a kind of message that carries none.
        case strayDescriptors(UInt16)
        /// A field whose header or value does not fit into the payload.
        case fieldBeyondPayload
        /// A field that is unknown here and must not be skipped.
        case unknownCriticalField(UInt16)
        /// A field that may come once came twice.
        case repeatedField(UInt16)
        /// A field that the kind of message needs is not there.
        case missingField(UInt16)
        /// A number of the wrong size.
        case badNumber(field: UInt16, count: Int)
        /// A name of no bytes, or of more than ``FormatLimits/nameBytes``.
        case badNameLength(Int)
        /// More than ``FormatLimits/textBytes``.
        case textTooLong(Int)
        /// More than ``FormatLimits/heldBytes`` in a field that holds a connection's bytes.
        case tooManyHeldBytes(field: UInt16, count: Int)
        /// Bits, or the kind of a place in a body, that have no meaning in this version.
        case badFlags(UInt8)
        /// A kind of message that carries a fixed number of descriptors has another.
        case badDescriptorCount(found: UInt16, expected: Int)
        /// The names are not as many as the descriptors in the header.
        case nameCount(names: Int, descriptors: Int)
        /// A range of versions that is empty or begins with 0.
        case badVersionRange(lowest: UInt16, highest: UInt16)
        /// A role that is neither giving nor taking.
        case badRole(UInt8)
        /// The descriptors that arrived with the message are not as many as its header says.
        case descriptorCount(arrived: Int, announced: Int)
    }

    /// The rule that was broken.
    public let rule: Rule
    /// Where, in bytes from the beginning of the message.
    public let offset: Int

    init(_ rule: Rule, at offset: Int) {
        self.rule = rule
        self.offset = offset
    }

    /// `payload too long: limit 1048576 bytes, got 4294967295, at byte 8 of the message`.
    public var description: String { "\(text), at byte \(offset) of the message" }

    private var text: String {
        switch rule {
        case .badMagic: "not a message of this protocol: expected it to begin with PGUP"
        case .wrongVersion(let found, let expected): "version \(found), expected \(expected)"
        case .unknownKind(let kind): "unknown kind of message \(kind)"
        case .reservedBits(let bits): "reserved bits set: \(bits), expected 0"
        case .payloadTooLong(let count):
            "payload too long: limit \(FormatLimits.payloadBytes) bytes, got \(count)"
        case .tooManyDescriptors(let count):
            "too many descriptors: limit \(FormatLimits.descriptorsPerMessage), got \(count)"
        case .strayDescriptors(let count): "\(count) descriptors with a message that carries none"
        case .fieldBeyondPayload: "a field reaches beyond the payload"
        case .unknownCriticalField(let tag): "unknown critical field \(tag)"
        case .repeatedField(let tag): "field \(tag) came twice"
        case .missingField(let tag): "field \(tag) is missing"
        case .badNumber(let field, let count): "field \(field) is a number of \(count) bytes"
        case .badNameLength(let count):
            "name of \(count) bytes, expected 1 to \(FormatLimits.nameBytes)"
        case .textTooLong(let count):
            "text too long: limit \(FormatLimits.textBytes) bytes, got \(count)"
        case .tooManyHeldBytes(let field, let count):
            "field \(field) too long: limit \(FormatLimits.heldBytes) bytes, got \(count)"
        case .badFlags(let flags): "flags or kind \(flags), which means nothing in this version"
        case .badDescriptorCount(let found, let expected):
            "\(found) descriptors, expected \(expected)"
        case .nameCount(let names, let descriptors):
            "\(names) names for \(descriptors) descriptors"
        case .badVersionRange(let lowest, let highest): "versions from \(lowest) to \(highest)"
        case .badRole(let role): "role \(role), expected 1 or 2"
        case .descriptorCount(let arrived, let announced):
            "\(arrived) descriptors arrived, \(announced) were announced"
        }
    }
}
