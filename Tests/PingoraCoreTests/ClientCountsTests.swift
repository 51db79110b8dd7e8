import Testing

@testable import PingoraCore

@Suite("ClientCounts")
struct ClientCountsTests {
    private let counts = ClientCounts()

    @Test("admits a client up to its limit, and again when a connection has ended")
    func limit() {
        let client = SocketAddress.ipv4(0x7f00_0001, port: 1)
        var held = (0..<3).map { _ in counts.admit(client, limit: 3) }
        #expect(held.allSatisfy { $0 != nil })
        #expect(counts.admit(.ipv4(0x7f00_0001, port: 9), limit: 3) == nil)
        #expect(counts.admit(.ipv4(0x7f00_0002, port: 9), limit: 3) != nil)
        held.removeLast()
        #expect(counts.admit(client, limit: 3) != nil)
    }

    @Test("forgets clients that have left")
    func forgets() {
        var held = (0..<100).map { counts.admit(.ipv4($0, port: 1), limit: 1) }
        #expect(counts.hostCount == 100)
        held.removeAll()
        #expect(counts.hostCount == 0)
    }

    @Test("takes a network of IPv6 for one client, and tells loopback addresses apart")
    func networks() {
        let first = SocketAddress.ipv6(high: 0x2001_0db8_0000_0001, low: 1, port: 1)
        let second = SocketAddress.ipv6(high: 0x2001_0db8_0000_0001, low: 2, port: 1)
        let held = counts.admit(first, limit: 1)
        #expect(held != nil)
        #expect(counts.admit(second, limit: 1) == nil)
        let loopback = counts.admit(.ipv6(high: 0, low: 1, port: 1), limit: 1)
        #expect(loopback != nil)
        #expect(counts.admit(.ipv6(high: 0, low: 2, port: 1), limit: 1) != nil)
    }

    @Test("does not count clients of Unix sockets")
    func unix() {
        let held = (0..<10).map { _ in counts.admit(nil, limit: 1) }
        #expect(held.allSatisfy { $0 != nil })
    }
}
