import Testing

@testable import PingoraTLS

@Suite("TicketRing")
struct TicketRingTests {
    private func key(_ byte: UInt8) throws -> TicketKey {
        try #require(TicketKey(bytes: [UInt8](repeating: byte, count: 80)))
    }

    @Test("encrypts with the newest key, decrypts with those before, forgets the oldest")
    func rotation() throws {
        var ring = TicketRing(try key(1), olderCount: 2, now: 0)
        for byte in 2...5 as ClosedRange<UInt8> { ring.rotate(to: try key(byte), now: Int64(byte)) }
        #expect(ring.entries.map { $0.key.bytes[0] } == [5, 4, 3])
        #expect(ring.index(of: [UInt8](repeating: 5, count: 16)) == 0)
        #expect(ring.index(of: [UInt8](repeating: 3, count: 16)) == 2)
        #expect(ring.index(of: [UInt8](repeating: 2, count: 16)) == nil)
    }

    @Test("is due when the interval is over, not before")
    func due() throws {
        let ring = TicketRing(try key(1), olderCount: 1, now: 100)
        #expect(!ring.isDue(at: 149, interval: 50))
        #expect(ring.isDue(at: 150, interval: 50))
    }

    @Test("is the same in a successor, and no longer than it wants")
    func export() throws {
        var ring = TicketRing(try key(1), olderCount: 2, now: 7)
        ring.rotate(to: try key(2), now: 1 << 40)
        #expect(TicketRing(exported: ring.exported, olderCount: 2, now: 1 << 41) == ring)
        let shorter = try #require(
            TicketRing(exported: ring.exported, olderCount: 0, now: 1 << 41))
        #expect(shorter.entries.map { $0.key.bytes[0] } == [2])
        // A clock that went back makes no key live longer.
        let early = try #require(TicketRing(exported: ring.exported, olderCount: 2, now: 9))
        #expect(early.entries.map(\.since) == [9, 7])
    }

    @Test("refuses bytes that are no export", arguments: 0..<180)
    func malformed(count: Int) throws {
        var ring = TicketRing(try key(1), olderCount: 2, now: 7)
        ring.rotate(to: try key(2), now: 8)
        let bytes = ring.exported
        #expect(bytes.count == 178)
        let cut = Array(bytes.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - 178))
        let isWhole = count == 178
        #expect((TicketRing(exported: cut, olderCount: 2, now: 9) != nil) == isWhole)
        #expect(TicketRing(exported: [2] + bytes.dropFirst(), olderCount: 2, now: 9) == nil)
    }

    @Test("never prints a key")
    func secrecy() throws {
        let key = try key(0xab)
        #expect("\(key)" == "ticket key " + String(repeating: "ab", count: 16))
    }
}
