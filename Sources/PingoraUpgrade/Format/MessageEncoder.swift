/// Writes messages as bytes (docs/UPGRADE_PROTOCOL.md). Numbers are in network order.
enum MessageEncoder {
    static let magic: [UInt8] = [0x50, 0x47, 0x55, 0x50]

    /// The whole message. Its descriptors travel with its first byte.
    static func bytes(of message: Message, version: UInt16) -> [UInt8] {
        precondition(
            message.descriptorCount <= FormatLimits.descriptorsPerMessage,
            "a batch of more sockets than a message can carry")
        let payload = payload(of: message)
        var bytes = magic
        bytes.append(number: version)
        bytes.append(number: message.kind.rawValue)
        bytes.append(number: UInt32(payload.count))
        bytes.append(number: UInt16(message.descriptorCount))
        bytes.append(number: UInt16(0))
        return bytes + payload
    }

    private static func payload(of message: Message) -> [UInt8] {
        var payload: [UInt8] = []
        switch message {
        case .hello(let hello):
            payload.appendCritical(FieldTag.lowestVersion, number: hello.lowestVersion)
            payload.appendCritical(FieldTag.highestVersion, number: hello.highestVersion)
            payload.appendCritical(FieldTag.processID, number: hello.processID)
            payload.appendCritical(FieldTag.role, number: hello.role.rawValue)
            if !hello.program.isEmpty {
                payload.append(field: FieldTag.program, PeerText.bytes(hello.program))
            }
        case .sockets(let names):
            for name in names {
                payload.append(field: FieldTag.name | FieldTag.criticalBit, name.bytes)
            }
        case .endOfSockets(let count, let secrets):
            payload.appendCritical(FieldTag.count, number: count)
            // Not critical: who does not know it does without.
            if !secrets.bytes.isEmpty { payload.append(field: FieldTag.secrets, secrets.bytes) }
        case .received(let count), .adopted(let count):
            payload.appendCritical(FieldTag.count, number: count)
        case .refused(let reason):
            payload.append(field: FieldTag.reason, PeerText.bytes(reason))
        case .probe(let service):
            payload.append(field: FieldTag.name | FieldTag.criticalBit, service.bytes)
        case .client(let client): client.append(to: &payload)
        case .tunnel(let tunnel): tunnel.append(to: &payload)
        case .serving, .released, .ready, .approved, .farewell: break
        }
        return payload
    }
}

extension [UInt8] {
    mutating func append(number: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    mutating func append(field tag: UInt16, _ value: [UInt8]) {
        append(number: tag)
        append(number: UInt32(value.count))
        append(contentsOf: value)
    }

    mutating func appendCritical(
        _ tag: UInt16, number: some FixedWidthInteger & UnsignedInteger
    ) {
        var value: [UInt8] = []
        value.append(number: number)
        append(field: tag | FieldTag.criticalBit, value)
    }

    /// A field that is left out where there is nothing to say.
    mutating func appendCritical(_ tag: UInt16, _ value: [UInt8]) {
        if !value.isEmpty { append(field: tag | FieldTag.criticalBit, value) }
    }

    /// Who does not know the field serves the connection all the same, and allows it less.
    mutating func appendListener(_ listener: String) {
        guard !listener.isEmpty else { return }
        append(field: FieldTag.listener, PeerText.bytes(listener))
    }
}
