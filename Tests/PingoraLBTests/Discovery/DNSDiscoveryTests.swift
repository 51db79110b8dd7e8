import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("DNSDiscovery")
struct DNSDiscoveryTests {
    typealias DNS = DNSMessageForTests

    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let expected: [String]
        var error: String?
        let answer: DNSServerForTests.Answer
        var testDescription: String { name }

        init(
            _ name: String, _ expected: [String], error: String? = nil,
            _ answer: @escaping DNSServerForTests.Answer
        ) {
            (self.name, self.expected, self.error, self.answer) = (name, expected, error, answer)
        }
    }

    static let cases: [Case] = [
        Case("two addresses", ["127.0.0.1:80", "127.0.0.2:80"]) { query, _ in
            DNS.answer(query, [.init(DNS.a, [127, 0, 0, 2]), .init(DNS.a, [127, 0, 0, 1])])
        },
        Case("an address twice", ["127.0.0.1:80"]) { query, _ in
            DNS.answer(query, [.init(DNS.a, [127, 0, 0, 1]), .init(DNS.a, [127, 0, 0, 1])])
        },
        Case("a chain of aliases, out of order", ["127.0.0.1:80"]) { query, _ in
            DNS.answer(
                query,
                [
                    .init("c.test", DNS.a, [127, 0, 0, 1]),
                    .init("b.test", DNS.cname, DNS.name("C.test")),
                    .init(DNS.cname, DNS.name("b.test")),
                ])
        },
        Case("an address of somebody else", [], error: "no such records") { query, _ in
            DNS.answer(query, [.init("other.test", DNS.a, [127, 0, 0, 1])])
        },
        Case("aliases in a circle", [], error: "more than 16 aliases in a row") { query, _ in
            DNS.answer(
                query,
                [
                    .init(DNS.cname, DNS.name("b.test")),
                    .init("b.test", DNS.cname, DNS.name("app.test")),
                ])
        },
        Case("NXDOMAIN", [], error: "no such name (NXDOMAIN)") { query, _ in
            DNS.answer(query, code: 3)
        },
        Case("SERVFAIL", [], error: "DNS server failed: SERVFAIL") { query, _ in
            DNS.answer(query, code: 2)
        },
        Case("REFUSED", [], error: "DNS server failed: REFUSED") { query, _ in
            DNS.answer(query, code: 5)
        },
        Case("no records", [], error: "no such records") { query, _ in DNS.answer(query) },
        Case("silence", [], error: "no DNS server answered in time") { _, _ in nil },
        Case("garbage", [], error: "no DNS server answered in time") { _, _ in [1, 2, 3] },
        Case("another question", [], error: "no DNS server answered in time") { query, _ in
            var answer = DNS.answer(query, [.init(DNS.a, [127, 0, 0, 1])])
            answer[13] ^= 1
            return answer
        },
        Case("another number", [], error: "no DNS server answered in time") { query, _ in
            var answer = DNS.answer(query, [.init(DNS.a, [127, 0, 0, 1])])
            answer[0] ^= 1
            return answer
        },
        Case("an address of three bytes", [], error: "malformed DNS answer") { query, _ in
            DNS.answer(query, [.init(DNS.a, [127, 0, 0])])
        },
        Case("an alias that points at itself", [], error: "malformed DNS answer") { query, _ in
            let start = 12 + DNS.question(of: query).count + 12
            return DNS.answer(query, [.init(DNS.cname, [0xc0, UInt8(start)])])
        },
        Case("a record that is cut", [], error: "malformed DNS answer") { query, _ in
            DNS.answer(query, [.init(DNS.a, [127, 0, 0, 1])]).dropLast(2)
        },
        Case("truncated, whole over TCP", ["127.0.0.1:80"]) { query, isTCP in
            guard isTCP else { return DNS.answer(query, isTruncated: true) }
            return DNS.answer(query, [.init(DNS.a, [127, 0, 0, 1])])
        },
        Case("truncated, silent over TCP", [], error: "no DNS server answered in time") {
            query, isTCP in isTCP ? nil : DNS.answer(query, isTruncated: true)
        },
        Case("truncated, garbage over TCP", [], error: "malformed DNS answer") { query, isTCP in
            isTCP ? [1, 2, 3] : DNS.answer(query, isTruncated: true)
        },
        Case("1 025 addresses", [], error: "1025 backends, at most 1024") { query, isTCP in
            isTCP ? DNS.answer(query, many(1025)) : DNS.answer(query, isTruncated: true)
        },
    ]

    static func many(_ count: Int) -> [DNS.Record] {
        (0..<count).map { index in
            let bytes = DNS.two(UInt16(index))
            return DNS.Record(DNS.a, [127, 1] + bytes)
        }
    }

    private func discover(
        _ discovery: DNSDiscovery, _ answer: @escaping DNSServerForTests.Answer, ipv6: Bool = false
    ) async throws -> Result<DiscoveredBackends, DiscoveryError> {
        // Another process may have the port of the one socket for the other.
        var opened: DNSServerForTests?
        for _ in 0..<20 where opened == nil { opened = DNSServerForTests(ipv6: ipv6, answer) }
        let server = try #require(opened)
        defer { server.stop() }
        var discovery = discovery
        discovery.server = server.address
        discovery.timeoutSeconds = 1
        let asking = discovery
        return try await LoopForTests().run { loop in
            do throws(DiscoveryError) {
                return .success(try await asking.discover(on: loop))
            } catch {
                return .failure(error)
            }
        }
    }

    @Test("makes of answers", arguments: cases)
    func answers(_ row: Case) async throws {
        let discovery = DNSDiscovery(addressesOf: "app.test", port: 80, families: .ipv4)
        switch try await discover(discovery, row.answer) {
        case .success(let found):
            #expect(row.error == nil)
            #expect(found.backends.map(\.address.description) == row.expected)
        case .failure(let error):
            let expected = row.error.map { $0.hasPrefix("1025") ? $0 : "DNS app.test A: \($0)" }
            #expect(error.description == expected)
        }
    }

    @Test("takes a thousand addresses over TCP")
    func thousand() async throws {
        let discovery = DNSDiscovery(addressesOf: "app.test", port: 80, families: .ipv4)
        let result = try await discover(discovery) { query, isTCP in
            isTCP ? DNS.answer(query, Self.many(1000)) : DNS.answer(query, isTruncated: true)
        }
        #expect(try result.get().backends.count == 1000)
    }

    @Test("asks a server on IPv6 for both families")
    func families() async throws {
        let discovery = DNSDiscovery(addressesOf: "app.test", port: 443, weight: 7)
        let result = try await discover(
            discovery,
            { query, _ in
                let isIPv4 = DNS.type(of: query) == DNS.a
                let address: [UInt8] =
                    isIPv4 ? [127, 0, 0, 1] : Array(repeating: 0, count: 15) + [1]
                return DNS.answer(query, [.init(isIPv4 ? DNS.a : DNS.aaaa, ttl: 90, address)])
            }, ipv6: true)
        let found = try result.get()
        #expect(found.backends.map(\.address.description) == ["127.0.0.1:443", "[::1]:443"])
        #expect(found.backends.allSatisfy { $0.weight == 7 })
        #expect(found.validFor == .seconds(90))
    }

    @Test("finds the servers of a service")
    func service() async throws {
        let result = try await discover(
            DNSDiscovery(service: "_http._tcp.app.test", families: .ipv4)
        ) { query, _ in
            guard DNS.type(of: query) == DNS.srv else {
                return DNS.answer(query, [.init(DNS.a, [127, 0, 0, 1])])
            }
            return DNS.answer(
                query,
                [
                    .init(DNS.srv, DNS.service(1, 0, 8001, "one.test")),
                    .init(DNS.srv, DNS.service(1, 9, 8002, "two.test")),
                ])
        }
        let found = try result.get().backends
        #expect(found.map(\.address.port) == [8001, 8002])
        #expect(found.map(\.weight) == [1, 9])
    }

    @Test("refuses a name that DNS can't ask for", arguments: ["", "a..b", "a\0b"])
    func invalidName(_ name: String) async throws {
        let discovery = DNSDiscovery(addressesOf: name, port: 80, families: .ipv4)
        let result = try await discover(discovery) { query, _ in DNS.answer(query) }
        #expect(throws: DiscoveryError.self) { try result.get() }
        guard case .failure(let error) = result else { return }
        #expect(error.description.hasSuffix("no valid name"))
    }
}
