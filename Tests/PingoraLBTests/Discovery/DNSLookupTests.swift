import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("DNSLookup")
struct DNSLookupTests {
    /// Answers by name and type; what is missing has no records.
    private func ask(_ answers: [String: DNSAnswer]) -> DNSLookup.Ask {
        { name, type throws(DNSError) in
            guard let answer = answers["\(name) \(type)"] else { throw .noRecords }
            return answer
        }
    }

    private func services(_ list: [DNSService], ttl: UInt32 = 60) -> DNSAnswer {
        DNSAnswer(list.map { .service($0) }, timeToLive: ttl)
    }

    private let lookup = DNSLookup(name: "_s._tcp.test", kind: .service, families: .both)

    @Test(
        "keeps a TTL between a second and an hour", arguments: [(0, 1), (60, 60), (86_400, 3600)])
    func timeToLive(_ given: UInt32, _ expected: Int) throws {
        let lookup = DNSLookup(
            name: "a", kind: .addresses(port: 1, weight: 1), families: .ipv4)
        let found = try lookup.backends(ask(["a A": DNSAnswer([.ipv4(1)], timeToLive: given)]))
        #expect(found.validFor == .seconds(Double(expected)))
    }

    @Test("takes the least TTL of all answers")
    func leastTimeToLive() throws {
        let service = DNSService(priority: 1, weight: 1, port: 1, target: "a")
        let found = try lookup.backends(
            ask([
                "_s._tcp.test SRV": services([service], ttl: 50),
                "a A": DNSAnswer([.ipv4(1)], timeToLive: 40),
                "a AAAA": DNSAnswer([.ipv6(high: 0, low: 1)], timeToLive: 30),
            ]))
        #expect(found.validFor == .seconds(30))
        #expect(found.backends.count == 2)
    }

    @Test("uses the servers of the lowest priority, and has the others as backups")
    func priority() throws {
        let found = try lookup.backends(
            ask([
                "_s._tcp.test SRV": services([
                    DNSService(priority: 20, weight: 1, port: 2, target: "a"),
                    DNSService(priority: 10, weight: 1, port: 1, target: "a"),
                ]),
                "a A": DNSAnswer([.ipv4(0x7f00_0001)], timeToLive: 60),
            ]))
        #expect(found.backends.map(\.address.description) == ["127.0.0.1:1", "127.0.0.1:2"])
        #expect(found.backends.map(\.isBackup) == [false, true])
    }

    @Test("has nobody where the service is not offered")
    func notOffered() {
        let service = DNSService(priority: 0, weight: 0, port: 0, target: ".")
        let expected = DiscoveryError(
            "DNS _s._tcp.test SRV: the service is not offered (target \".\")")
        #expect(throws: expected) {
            try lookup.backends(ask(["_s._tcp.test SRV": services([service])]))
        }
    }

    @Test(
        "leaves out a server that is not there, and fails where nobody knows",
        arguments: [
            (DNSError.noSuchName, true), (.noRecords, true), (.timedOut, false),
            (.failed(code: 2), false),
        ])
    func missingTarget(_ error: DNSError, _ isFine: Bool) {
        let answer = services([
            DNSService(priority: 1, weight: 1, port: 1, target: "gone"),
            DNSService(priority: 1, weight: 1, port: 2, target: "here"),
        ])
        let result = Result { () throws(DiscoveryError) in
            try lookup.backends { name, type throws(DNSError) in
                if type == .service { return answer }
                if name == "gone" { throw error }
                return DNSAnswer([.ipv4(1)], timeToLive: 60)
            }
        }
        #expect(((try? result.get())?.backends.count == 1) == isFine)
    }

    @Test("escapes a name in its errors")
    func escapes() {
        let lookup = DNSLookup(
            name: "a\nb", kind: .addresses(port: 1, weight: 1), families: .ipv4)
        #expect(throws: DiscoveryError("DNS \"a\\nb\" A: no such records")) {
            try lookup.backends(ask([:]))
        }
    }
}
