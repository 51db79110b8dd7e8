import Testing

@testable import PingoraUpgrade

@Suite("FormatError")
struct FormatErrorTests {
    /// The bytes, the version agreed on, the rule they break, and where.
    static let rejected: [(String, UInt16, FormatError.Rule, Int)] = [
        ("47", 1, .badMagic, 0),
        ("5046", 1, .badMagic, 1),
        ("50475551", 1, .badMagic, 3),
        ("474554202f20485454502f312e310d0a", 1, .badMagic, 0),
        ("50475550 0002 0005 00000000 0000 0000", 1, .wrongVersion(found: 2, expected: 1), 4),
        ("50475550 0000 0007 00000000 0000 0000", 1, .wrongVersion(found: 0, expected: 1), 4),
        ("50475550 0001 0001 00000000 0000 0000", 0, .wrongVersion(found: 1, expected: 0), 4),
        ("50475550 ffff 0001 00000000 0000 0000", 1, .wrongVersion(found: 65535, expected: 1), 4),
        ("50475550 0001 0000 00000000 0000 0000", 1, .unknownKind(0), 6),
        ("50475550 0001 0008 00000000 0000 0000", 1, .unknownKind(8), 6),
        ("50475550 0001 ffff 00000000 0000 0000", 1, .unknownKind(65535), 6),
        ("50475550 0000 0005 00000000 0000 0000", 0, .unknownKind(5), 6),
        ("50475550 0001 0005 00100001 0000 0000", 1, .payloadTooLong(1_048_577), 8),
        ("50475550 0001 0005 ffffffff 0000 0000", 1, .payloadTooLong(.max), 8),
        ("50475550 0001 0002 00000000 00fe 0000", 1, .tooManyDescriptors(254), 12),
        ("50475550 0001 0002 00000000 ffff 0000", 1, .tooManyDescriptors(65535), 12),
        ("50475550 0001 0005 00000000 0001 0000", 1, .strayDescriptors(1), 12),
        ("50475550 0001 0005 00000000 0000 0001", 1, .reservedBits(1), 14),
        ("50475550 0001 0005 00000001 0000 0000 00", 1, .fieldBeyondPayload, 16),
        ("50475550 0001 0005 00000005 0000 0000 0063000000", 1, .fieldBeyondPayload, 16),
        ("50475550 0001 0005 00000006 0000 0000 0063 00000001", 1, .fieldBeyondPayload, 18),
        ("50475550 0001 0005 00000007 0000 0000 0063 ffffffff 00", 1, .fieldBeyondPayload, 18),
        ("50475550 0001 0005 00000006 0000 0000 8063 00000000", 1, .unknownCriticalField(99), 16),
        ("50475550 0001 0005 00000006 0000 0000 8007 00000000", 1, .unknownCriticalField(7), 16),
        ("50475550 0001 0004 00000000 0000 0000", 1, .missingField(7), 16),
        (
            "50475550 0001 0004 00000014 0000 0000 8007 00000004 00000002 0007 00000004 00000002",
            1, .repeatedField(7), 26
        ),
        (
            "50475550 0001 0004 00000009 0000 0000 8007 00000003 000002", 1,
            .badNumber(field: 7, count: 3), 22
        ),
        ("50475550 0001 0002 00000000 0001 0000", 1, .nameCount(names: 0, descriptors: 1), 16),
        (
            "50475550 0001 0002 00000007 0000 0000 8006 00000001 61", 1,
            .nameCount(names: 1, descriptors: 0), 16
        ),
        (
            "50475550 0001 0002 0000000e 0001 0000 8006 00000001 61 8006 00000001 62", 1,
            .nameCount(names: 2, descriptors: 1), 23
        ),
        ("50475550 0001 0002 00000006 0001 0000 8006 00000000", 1, .badNameLength(0), 22),
        ("50475550 0001 0011 00000000 0000 0000", 1, descriptors(0, 1), 12),
        ("50475550 0001 0011 00000000 0002 0000", 1, descriptors(2, 1), 12),
        ("50475550 0001 0014 00000000 0000 0000", 1, descriptors(0, 1), 12),
        ("50475550 0001 0014 00000000 0002 0000", 1, descriptors(2, 1), 12),
        ("50475550 0001 0015 00000000 0001 0000", 1, descriptors(1, 2), 12),
        ("50475550 0001 0015 00000000 0003 0000", 1, descriptors(3, 2), 12),
        ("50475550 0001 0010 00000000 0001 0000", 1, .strayDescriptors(1), 12),
        ("50475550 0001 0016 00000000 0001 0000", 1, .strayDescriptors(1), 12),
        ("50475550 0001 0013 00000000 0000 0000", 1, .unknownKind(19), 6),
        ("50475550 0001 0018 00000000 0000 0000", 1, .unknownKind(24), 6),
        ("50475550 0000 0010 00000000 0000 0000", 0, .unknownKind(16), 6),
        ("50475550 0001 0011 00000000 0001 0000", 1, .missingField(6), 16),
        ("50475550 0001 0011 00000006 0001 0000 8006 00000000", 1, .badNameLength(0), 22),
        (
            "50475550 0001 0011 0000000e 0001 0000 8006 00000001 61 0006 00000001 61", 1,
            .repeatedField(6), 23
        ),
        ("50475550 0001 0014 00000007 0001 0000 8006 00000001 61", 1, .missingField(14), 23),
        (
            "50475550 0001 0014 00000011 0001 0000 8006 00000001 61 800e 00000004 00000000", 1,
            .missingField(15), 33
        ),
        ("50475550 0001 0014 00000006 0001 0000 8010 00000000", 1, .unknownCriticalField(16), 16),
        ("50475550 0001 0016 00000000 0000 0000", 1, .missingField(7), 16),
        (hello("0000", "0001", "01"), 0, .badVersionRange(lowest: 0, highest: 1), 22),
        (hello("0002", "0001", "01"), 0, .badVersionRange(lowest: 2, highest: 1), 22),
        (hello("0001", "0001", "00"), 0, .badRole(0), 48),
        (hello("0001", "0001", "03"), 0, .badRole(3), 48),
    ]

    private static func descriptors(_ found: UInt16, _ expected: Int) -> FormatError.Rule {
        .badDescriptorCount(found: found, expected: expected)
    }

    @Test("is raised by each field of a tunnel that is missing or of another size")
    func tunnelFields() {
        let whole = MessageEncoder.bytes(of: .tunnel(sampleTunnel), version: 1)
        var reader = FieldReader(whole)
        var numbers: Set<UInt16> = []
        while let field = try? reader.next() {
            let name = field.tag == FieldTag.name
            let isNumber = FormatErrorTests.tunnelNumbers.contains(field.tag)
            if isNumber { numbers.insert(field.tag) }
            var without = whole
            without.removeSubrange(field.start..<field.value.upperBound)
            setPayloadCount(&without)
            let outcome = decode([without], version: 1)
            if name || isNumber {
                let error = FormatError(.missingField(field.tag), at: without.count)
                #expect(outcome == .rejected(error))
            } else {
                #expect(outcome != .messages([.tunnel(sampleTunnel)]))
                guard case .messages = outcome else {
                    Issue.record("field \(field.tag) is not needed: \(outcome)")
                    continue
                }
            }
            guard isNumber else { continue }
            var longer = whole
            longer.insert(0, at: field.value.lowerBound)
            longer[field.start + 5] += 1
            setPayloadCount(&longer)
            let count = field.value.count + 1
            #expect(
                decode([longer], version: 1)
                    == .rejected(
                        FormatError(
                            .badNumber(field: field.tag, count: count), at: field.value.lowerBound))
            )
        }
        #expect(numbers == FormatErrorTests.tunnelNumbers)
    }

    private static let tunnelNumbers: Set<UInt16> = [14, 18, 19, 20, 21, 22, 23]

    @Test("is raised by unknown bits of a tunnel's end", arguments: [0, 1, 2, 3, 4, 0x83])
    func endedBits(bits: UInt8) {
        var whole = MessageEncoder.bytes(of: .tunnel(sampleTunnel), version: 1)
        whole[whole.count - 1] = bits
        var tunnel = sampleTunnel
        (tunnel.clientEnded, tunnel.serverEnded) = (bits & 1 != 0, bits & 2 != 0)
        let error = FormatError(.badFlags(bits), at: whole.count - 1)
        #expect(
            decode([whole], version: 1)
                == (bits > 3 ? .rejected(error) : .messages([.tunnel(tunnel)])))
    }

    @Test("limits what a connection holds, and lets a tunnel always fit", arguments: [-1, 0, 1])
    func held(beyond: Int) throws {
        let tunnel = try longestTunnel(beyond: beyond)
        let whole = MessageEncoder.bytes(of: .tunnel(tunnel), version: 1)
        #expect(whole.count <= FormatLimits.headerBytes + FormatLimits.payloadBytes)
        let count = FormatLimits.heldBytes + beyond
        // Behind it comes the last field, of seven bytes.
        let error = FormatError(
            .tooManyHeldBytes(field: 13, count: count), at: whole.count - 7 - count)
        #expect(
            decode([whole], version: 1)
                == (beyond <= 0 ? .messages([.tunnel(tunnel)]) : .rejected(error)))
    }

    private func setPayloadCount(_ bytes: inout [UInt8]) {
        let count = bytes.count - FormatLimits.headerBytes
        (bytes[10], bytes[11]) = (UInt8(count >> 8), UInt8(count & 255))
    }

    private static func hello(_ lowest: String, _ highest: String, _ role: String) -> String {
        "50475550 0000 0001 00000021 0000 0000 8001 00000002 \(lowest) 8002 00000002 \(highest)"
            + "8003 00000004 00000001 8004 00000001 \(role)"
    }

    @Test("says which rule was broken and where", arguments: rejected)
    func rejects(hex: String, version: UInt16, rule: FormatError.Rule, offset: Int) {
        let outcome = decodeEveryWay(bytes(hexadecimal: hex), version: version)
        #expect(outcome == .rejected(FormatError(rule, at: offset)))
    }

    @Test("stays: what follows a broken message is not read")
    func latched() {
        var decoder = MessageDecoder()
        let error = FormatError(.badMagic, at: 0)
        #expect(throws: error) { try decoder.next([0x58].span) }
        let good = MessageEncoder.bytes(of: .refused(reason: ""), version: 0)
        #expect(throws: error) { try decoder.next(good.span) }
    }

    @Test("is not raised by unknown fields that may be skipped")
    func skipped() {
        let hex = "50475550 0001 0004 00000011 0000 0000 0063 00000001 ff 8007 00000004 00000002"
        #expect(
            decodeEveryWay(bytes(hexadecimal: hex), version: 1)
                == .messages([.received(count: 2)]))
    }

    @Test("limits a payload", arguments: [(-1, true), (0, true), (1, false)])
    func payload(beyond: Int, isAccepted: Bool) {
        // One field that nobody knows fills it.
        let count = FormatLimits.payloadBytes + beyond
        let value = [UInt8](repeating: 0x61, count: count - 6)
        let hex =
            "50475550 0001 0005 \(digits(count)) 0000 0000 0063 \(digits(value.count))"
        let outcome = decode([bytes(hexadecimal: hex) + value], version: 1)
        let error = FormatError(.payloadTooLong(UInt32(count)), at: 8)
        #expect(outcome == (isAccepted ? .messages([.serving]) : .rejected(error)))
    }

    @Test("limits the descriptors of a message", arguments: [252, 253])
    func descriptors(count: Int) {
        let message = Message.sockets(Array(repeating: name("a"), count: count))
        let bytes = MessageEncoder.bytes(of: message, version: 1)
        #expect(decode([bytes], version: 1) == .messages([message]))
    }

    @Test("limits a name", arguments: [1, 1023, 1024, 1025])
    func nameLength(count: Int) {
        let value = [UInt8](repeating: 0x61, count: count)
        let hex =
            "50475550 0001 0002 \(digits(count + 6)) 0001 0000 8006 \(digits(count))"
        let outcome = decode([bytes(hexadecimal: hex) + value], version: 1)
        guard count <= 1024 else {
            #expect(outcome == .rejected(FormatError(.badNameLength(count), at: 22)))
            #expect(throws: FormatError(.badNameLength(count), at: 0)) {
                try SocketName(bytes: value)
            }
            return
        }
        #expect(outcome == .messages([.sockets([name(String(repeating: "a", count: count))])]))
    }

    @Test("limits a text", arguments: [1023, 1024, 1025])
    func textLength(count: Int) {
        let value = [UInt8](repeating: 0x61, count: count)
        let hex =
            "50475550 0001 0007 \(digits(count + 6)) 0000 0000 0008 \(digits(count))"
        let outcome = decode([bytes(hexadecimal: hex) + value], version: 1)
        let error = FormatError(.textTooLong(count), at: 22)
        let reason = String(repeating: "a", count: count)
        #expect(
            outcome == (count <= 1024 ? .messages([.refused(reason: reason)]) : .rejected(error)))
    }

    @Test("is not provoked by a text that its escapes make too long: it is cut")
    func escaped() {
        let bytes = MessageEncoder.bytes(
            of: .refused(reason: String(repeating: "\u{1b}", count: 1024)), version: 1)
        // Each becomes six bytes, and 1024 of them begin a 171st.
        let reason = String(repeating: #"\u{1B}"#, count: 170) + #"\u{1"#
        #expect(decode([bytes], version: 1) == .messages([.refused(reason: reason)]))
    }

    @Test("is not provoked by a reason that is too long: it is cut between characters")
    func cut() {
        let bytes = MessageEncoder.bytes(
            of: .refused(reason: String(repeating: "ü", count: 600) + "a"), version: 1)
        let reason = String(repeating: "ü", count: 512)
        #expect(decode([bytes], version: 1) == .messages([.refused(reason: reason)]))
    }

    @Test("describes itself in one line")
    func description() {
        #expect(
            FormatError(.payloadTooLong(.max), at: 8).description
                == "payload too long: limit 1048576 bytes, got 4294967295, at byte 8 of the message"
        )
    }

    private func digits(_ count: Int) -> String {
        let digits = String(count, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
