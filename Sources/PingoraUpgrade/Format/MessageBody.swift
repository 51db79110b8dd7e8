/// The meaning of a complete message.
enum MessageBody {
    /// The message in `bytes`, header included.
    static func message(
        _ header: MessageHeader, _ bytes: [UInt8]
    ) throws(FormatError) -> Message {
        switch header.kind {
        case .hello: return .hello(try hello(bytes))
        case .sockets: return .sockets(try names(bytes, expected: header.descriptorCount))
        case .endOfSockets:
            let fields = try SingleFields(bytes, known: [FieldTag.count, FieldTag.secrets])
            return .endOfSockets(
                count: try fields.number(FieldTag.count, as: UInt32.self),
                secrets: HandedSecrets(try fields.held(FieldTag.secrets)))
        case .received: return .received(count: try count(bytes))
        case .serving: return try bare(.serving, bytes)
        case .released: return try bare(.released, bytes)
        case .ready: return try bare(.ready, bytes)
        case .approved: return try bare(.approved, bytes)
        case .farewell: return try bare(.farewell, bytes)
        case .adopted: return .adopted(count: try count(bytes))
        case .probe:
            let fields = try SingleFields(bytes, known: [FieldTag.name])
            return .probe(service: try fields.name(FieldTag.name))
        case .client: return .client(try MovingClient(bytes))
        case .tunnel: return .tunnel(try MovingTunnel(bytes))
        case .refused:
            let fields = try SingleFields(bytes, known: [FieldTag.reason])
            return .refused(reason: try fields.text(FieldTag.reason))
        }
    }

    /// `message`, whose payload has no fields that mean anything.
    private static func bare(
        _ message: Message, _ bytes: [UInt8]
    ) throws(FormatError) -> Message {
        _ = try SingleFields(bytes, known: [])
        return message
    }

    private static func hello(_ bytes: [UInt8]) throws(FormatError) -> Hello {
        let fields = try SingleFields(
            bytes,
            known: [
                FieldTag.lowestVersion, FieldTag.highestVersion, FieldTag.processID,
                FieldTag.role, FieldTag.program,
            ])
        let lowest = try fields.number(FieldTag.lowestVersion, as: UInt16.self)
        let highest = try fields.number(FieldTag.highestVersion, as: UInt16.self)
        // Version 0 marks a message sent before the agreement, so nobody can speak it.
        guard 1 <= lowest, lowest <= highest else {
            throw FormatError(
                .badVersionRange(lowest: lowest, highest: highest),
                at: fields.offset(of: FieldTag.lowestVersion))
        }
        let process = try fields.number(FieldTag.processID, as: UInt32.self)
        let number = try fields.number(FieldTag.role, as: UInt8.self)
        guard let role = Hello.Role(rawValue: number) else {
            throw FormatError(.badRole(number), at: fields.offset(of: FieldTag.role))
        }
        return Hello(
            lowestVersion: lowest, highestVersion: highest, processID: process, role: role,
            program: try fields.text(FieldTag.program))
    }

    private static func names(
        _ bytes: [UInt8], expected: Int
    ) throws(FormatError) -> [SocketName] {
        var names: [SocketName] = []
        var reader = FieldReader(bytes)
        while let field = try reader.next() {
            guard field.tag == FieldTag.name else {
                try field.checkSkippable()
                continue
            }
            guard names.count < expected else {
                throw FormatError(
                    .nameCount(names: names.count + 1, descriptors: expected), at: field.start)
            }
            guard let name = try? SocketName(bytes: Array(bytes[field.value])) else {
                // The error of the name does not know where it stands.
                throw FormatError(
                    .badNameLength(field.value.count), at: field.value.lowerBound)
            }
            names.append(name)
        }
        guard names.count == expected else {
            throw FormatError(
                .nameCount(names: names.count, descriptors: expected), at: bytes.count)
        }
        return names
    }

    private static func count(_ bytes: [UInt8]) throws(FormatError) -> UInt32 {
        let fields = try SingleFields(bytes, known: [FieldTag.count])
        return try fields.number(FieldTag.count, as: UInt32.self)
    }
}
