import PingoraLB
import Testing

/// Every algorithm and every key, from the file through the program.
@Suite("Balancing: algorithms", .timeLimit(.minutes(2)))
struct BalancingAlgorithmTests {
    private static let words = [
        "round_robin", "random", "least_connections", "two_choices", "peak_ewma", "ketama",
        "fnv_hash", "bounded_load", "maglev",
    ]
    private static let hashing = words.suffix(4)

    @Test("each serve from all servers but the drained one", arguments: words)
    func spread(word: String) throws {
        let origins = try NamedOrigin.named("A", "B", "C", "D")
        let servers =
            origins.prefix(3).map(\.address) + ["{ address: \(origins[3].address), weight: 0 }"]
        let proxy = try RunningProxy(servers, group: "algorithm: \(word)")
        let answers = try (0..<120).map { try proxy.get("/picture/\($0)") }
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(Set(answers.map(\.text)) == ["A", "B", "C"])
    }

    /// A request that is the same for the same first number, as far as its key goes.
    struct Row: Sendable, CustomTestStringConvertible {
        let key: String
        let request: @Sendable (_ key: Int, _ other: Int) -> String
        var testDescription: String { key }
    }

    private static let keys = [
        Row(key: "uri") { "GET /p?q=\($0) HTTP/1.1\r\nHost: h\($1)\r\n" },
        Row(key: "path") { "GET /p/\($0)?q=\($1) HTTP/1.1\r\nHost: h\($1)\r\n" },
        Row(key: "host") { "GET /\($1) HTTP/1.1\r\nHost: h\($0)\r\n" },
        Row(key: "header:X-User") {
            "GET /\($1) HTTP/1.1\r\nHost: h\($1)\r\nX-User: user \($0)\r\n"
        },
        Row(key: "cookie:session") {
            "GET /\($1) HTTP/1.1\r\nHost: h\($1)\r\nCookie: a=\($1); session=s\($0)\r\n"
        },
    ]

    @Test("that hash send what has the same key to the same server", arguments: hashing, keys)
    func sticks(word: String, row: Row) throws {
        let origins = try NamedOrigin.named("A", "B", "C")
        let proxy = try RunningProxy(origins, group: "algorithm: \(word), hash_key: \(row.key)")
        var owners: Set<String> = []
        // On one connection a request begins when the one before is over, and no load is left.
        let client = try proxy.connect()
        for key in 0..<40 {
            let names = try (0..<2).map { other in
                try client.send(row.request(key, other) + "\r\n")
                return try client.readResponse().text
            }
            #expect(Set(names).count == 1, "key \(key): \(names)")
            owners.formUnion(names)
        }
        #expect(owners == ["A", "B", "C"])
    }

    @Test("that hash send a client address to one server", arguments: hashing)
    func clientAddress(word: String) throws {
        let origins = try NamedOrigin.named("A", "B", "C")
        let proxy = try RunningProxy(
            origins, group: "algorithm: \(word), hash_key: client_address")
        let names = try (0..<10).map { try proxy.get("/\($0)").text }
        #expect(Set(names).count == 1)
    }

    @Test("that hash spread what has no key", arguments: hashing)
    func noKey(word: String) throws {
        let origins = try NamedOrigin.named("A", "B", "C")
        let proxy = try RunningProxy(
            origins, group: "algorithm: \(word), hash_key: header:X-User")
        #expect(Set(try proxy.answers(60)) == ["A", "B", "C"])
    }

    @Test("that hash move only the keys of a server that is down, and move them back")
    func moves() throws {
        let origins = try NamedOrigin.named("A", "B", "C")
        let proxy = try RunningProxy(
            origins, group: "algorithm: ketama", "retry_budget_percent: 100")
        func owners() throws -> [String] { try (0..<60).map { try proxy.get("/\($0)").text } }
        let before = try owners()
        origins[1].stop()
        let meanwhile = try owners()
        for (old, new) in zip(before, meanwhile) {
            #expect(old == "B" ? ["A", "C"].contains(new) : new == old)
        }
        try origins[1].start()
        #expect(try owners() == before)
    }

    @Test("include nginx's: ketama chooses by target as its ring does")
    func ketama() throws {
        let origins = try NamedOrigin.named("A", "B", "C", "D", "E")
        let servers = origins.enumerated().map {
            "{ address: \($0.element.address), weight: \($0.offset + 1) }"
        }
        let proxy = try RunningProxy(servers, group: "algorithm: ketama")
        let ring = Ketama(
            origins.enumerated().map {
                Candidate(weight: $0.offset + 1, label: $0.element.address)
            })
        for number in 0..<100 {
            let target = "/pictures/\(number)?size=\(number % 7)"
            let key = ring.hash(Array(target.utf8).span)
            let index = try #require(ring.select(SelectionRequest(key: key)) { _ in true })
            #expect(try proxy.get(target).text == origins[index].name, "\(target)")
        }
    }
}
