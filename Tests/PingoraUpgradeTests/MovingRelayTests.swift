import Testing

@testable import PingoraUpgrade

@Suite("MovingRelay")
struct MovingRelayTests {
    /// A whole message, written after docs/UPGRADE_PROTOCOL.md.
    private static let golden =
        "50475550 0001 0015 000000ad 0002 0000 8006 00000003 776562"
        + "8011 00000012 474554202f20485454502f312e310d0a0d0a" + "8012 00000002 00c8"
        + "8013 00000008 0000000000000000" + "800e 00000004 00000001" + "8014 00000004 00000001"
        + "8015 00000008 0000000000000000" + "8016 00000008 0000000000000000"
        + "8017 00000001 00" + "8018 00000039 03" + "01 0000000000000005 04 0000000000000000"
        + "04 0000010000000000 02 0000000000000000" + "00000001 00000002"
        + "0000ea60 00007530 ffffffff"

    @Test("has the documented bytes")
    func documented() {
        let written = MessageEncoder.bytes(of: .tunnel(sampleRequest), version: 1)
        #expect(hexadecimal(written) == Self.golden.filter { $0 != " " })
        let outcome = decodeEveryWay(bytes(hexadecimal: Self.golden), version: 1)
        #expect(outcome == .messages([.tunnel(sampleRequest)]))
        for count in written.indices {
            #expect(decode([Array(written[..<count])], version: 1) == .messages([]))
        }
    }

    /// The request with another relay.
    private func message(_ relay: MovingRelay?) -> Message {
        var request = sampleRequest
        request.relay = relay
        return .tunnel(request)
    }

    private func expectRoundTrip(
        _ relay: MovingRelay?, location: SourceLocation = #_sourceLocation
    ) {
        let bytes = MessageEncoder.bytes(of: message(relay), version: 1)
        #expect(
            decode([bytes], version: 1) == .messages([message(relay)]), sourceLocation: location)
    }

    static let allKinds: [MovingRelay.Place.Kind] = [
        .end, .length, .untilClose, .chunkSize, .chunkData, .chunkReturn, .chunkFeed,
    ]

    @Test("holds each kind of place on each side", arguments: allKinds)
    func places(kind: MovingRelay.Place.Kind) {
        let sides: [WritableKeyPath<MovingRelay, MovingRelay.Place>] = [
            \.clientReading, \.serverWriting, \.serverReading, \.clientWriting,
        ]
        for side in sides {
            for left in [0, 1, 1 << 32, .max] as [UInt64] {
                var relay = sampleRelay
                relay[keyPath: side] = MovingRelay.Place(kind, left: left)
                expectRoundTrip(relay)
            }
        }
    }

    @Test("holds each flag and each number")
    func numbers() {
        for flags in 0..<8 {
            var relay = MovingRelay()
            (relay.hasResponse, relay.isPersistent) = (flags & 1 != 0, flags & 2 != 0)
            relay.mustLinger = flags & 4 != 0
            expectRoundTrip(relay)
            #expect(relay.bytes.first == UInt8(flags))
        }
        let numbers: [WritableKeyPath<MovingRelay, UInt32>] = [
            \.uploadReady, \.downloadReady, \.firstByteMilliseconds, \.readMilliseconds,
            \.writeMilliseconds,
        ]
        for number in numbers {
            for value in [1, 1 << 16, .max] as [UInt32] {
                var relay = MovingRelay()
                relay[keyPath: number] = value
                expectRoundTrip(relay)
            }
        }
    }

    @Test("is not there in a tunnel")
    func tunnel() {
        expectRoundTrip(nil)
        let bytes = MessageEncoder.bytes(of: .tunnel(sampleTunnel), version: 1)
        #expect(decode([bytes], version: 1) == .messages([.tunnel(sampleTunnel)]))
        #expect(sampleTunnel.relay == nil)
    }

    @Test("fits into a message with all else as long as it may be")
    func longest() throws {
        var request = try longestTunnel()
        request.relay = sampleRelay
        let bytes = MessageEncoder.bytes(of: .tunnel(request), version: 1)
        #expect(bytes.count <= FormatLimits.headerBytes + FormatLimits.payloadBytes)
        #expect(decode([bytes], version: 1) == .messages([.tunnel(request)]))
    }

    /// Where the value begins in the golden message, which it ends.
    private var start: Int { bytes(hexadecimal: Self.golden).count - MovingRelay.byteCount }

    @Test("has 57 bytes, and no other number", arguments: [0, 1, 56, 58, 200])
    func size(count: Int) {
        var whole = bytes(hexadecimal: Self.golden)
        whole.removeLast(MovingRelay.byteCount)
        whole += [UInt8](repeating: 0, count: count)
        whole[start - 1] = UInt8(count)
        let payload = whole.count - FormatLimits.headerBytes
        (whole[10], whole[11]) = (UInt8(payload >> 8), UInt8(payload & 255))
        let error = FormatError(.badNumber(field: 24, count: count), at: start)
        #expect(decode([whole], version: 1) == .rejected(error))
    }

    @Test("has no other flags", arguments: [8, 0x0b, 0x80, 0xff])
    func otherFlags(flags: UInt8) {
        var whole = bytes(hexadecimal: Self.golden)
        whole[start] = flags
        let error = FormatError(.badFlags(flags), at: start)
        #expect(decode([whole], version: 1) == .rejected(error))
        #expect(!error.description.contains("0 to 3"))
    }

    @Test("has no other kinds of places", arguments: [0, 1, 2, 3], [7, 8, 0x80, 0xff])
    func otherKinds(side: Int, kind: UInt8) {
        var whole = bytes(hexadecimal: Self.golden)
        let offset = start + 1 + 9 * side
        whole[offset] = kind
        let error = FormatError(.badFlags(kind), at: offset)
        #expect(decode([whole], version: 1) == .rejected(error))
    }

    @Test("comes once, and only with a tunnel's message")
    func once() {
        let whole = bytes(hexadecimal: Self.golden)
        let field = Array(whole.suffix(MovingRelay.byteCount + FieldTag.headerBytes))
        var twice = whole + field
        let payload = twice.count - FormatLimits.headerBytes
        (twice[10], twice[11]) = (UInt8(payload >> 8), UInt8(payload & 255))
        let repeated = FormatError(.repeatedField(24), at: whole.count)
        #expect(decode([twice], version: 1) == .rejected(repeated))
        let client =
            bytes(hexadecimal: "50475550 0001 0014 0000003f 0001 0000") + field
        let unknown = FormatError(.unknownCriticalField(24), at: FormatLimits.headerBytes)
        #expect(decode([client], version: 1) == .rejected(unknown))
    }
}
