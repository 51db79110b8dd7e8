import Testing

@testable import PingoraGateway

@Suite("RouteTable")
struct RouteTableTests {
    /// In an order that is wrong for every rule; upstreams are numbered.
    private static let table = RouteTable([
        .init(pathPrefix: "/", upstream: 0),
        .init(pathPrefix: "/api", upstream: 1),
        .init(pathPrefix: "/api/v2/", upstream: 2),
        .init(host: "*.example.com", upstream: 3),
        .init(host: "*.eu.example.com", upstream: 4),
        .init(host: "*.example.com", pathPrefix: "/api", upstream: 5),
        .init(host: "a.example.com", upstream: 6),
        .init(host: "a.example.com", pathPrefix: "/api", upstream: 7),
        .init(host: "[::1]", upstream: 8),
        .init(host: "UPPER.test", upstream: 9),
    ])

    @Test(
        "takes the longest prefix of whole segments",
        arguments: [
            ("/", 0), ("/x", 0), ("/ap", 0), ("/apiary", 0), ("/API", 0), ("/api", 1),
            ("/api/", 1), ("/api/users", 1), ("/api/v2", 1), ("/api/v2/", 2), ("/api/v2/x", 2),
            ("/api/v22", 1), ("//api", 0), ("*", nil), ("", nil),
        ] as [(String, Int?)])
    func paths(path: String, expected: Int?) {
        #expect(upstream("other.test", path) == expected)
    }

    @Test(
        "takes an exact host before a wildcard before none, whatever the path",
        arguments: [
            ("a.example.com", "/", 6), ("a.example.com", "/api/x", 7),
            ("b.example.com", "/", 3), ("b.example.com", "/api/v2/x", 5),
            ("b.a.example.com", "/", 3), ("x.eu.example.com", "/", 4),
            // The longer wildcard wins, though the shorter one has the longer path.
            ("x.eu.example.com", "/api", 4),
            // A wildcard stands for at least one byte in front of its dot.
            ("eu.example.com", "/", 3), ("example.com", "/", 0), (".example.com", "/", 0),
            ("badexample.com", "/", 0), ("a.example.com.evil", "/", 0), ("", "/", 0),
        ])
    func hosts(host: String, path: String, expected: Int) {
        #expect(upstream(host, path) == expected)
    }

    @Test(
        "compares hosts without their port and case",
        arguments: [
            ("A.Example.COM", 6), ("a.example.com:80", 6), ("a.example.com:", 6),
            ("b.example.com:65535", 3), ("upper.test", 9), ("UPPER.TEST:1", 9),
            ("[::1]", 8), ("[::1]:8080", 8), ("[::2]", 0), ("a.example.com:80x", 0),
            ("1234", 0), (":80", 0), ("80", 0),
        ])
    func ports(host: String, expected: Int) {
        #expect(upstream(host, "/") == expected)
    }

    @Test("does not let case folding make two bytes one")
    func folding() {
        // `[` and `{`, `@` and the back quote differ in the bit that makes letters lower case.
        let table = RouteTable([.init(host: "a{b", upstream: 0), .init(host: "c`d", upstream: 1)])
        #expect(upstream("a[b", "/", in: table) == nil)
        #expect(upstream("c@d", "/", in: table) == nil)
        #expect(upstream("a{b", "/", in: table) == 0)
    }

    @Test("finds nothing where no route matches, and takes the first of equals")
    func nothing() {
        #expect(upstream("a", "/", in: RouteTable([])) == nil)
        let table = RouteTable([
            .init(host: "a", pathPrefix: "/x", upstream: 0),
            .init(host: "a", pathPrefix: "/x", upstream: 1),
        ])
        #expect(upstream("a", "/x", in: table) == 0)
        #expect(upstream("a", "/", in: table) == nil)
        #expect(upstream("b", "/x", in: table) == nil)
    }

    @Test("sends everything to the only upstream, whatever is asked", arguments: ["/", "*", ""])
    func only(path: String) {
        let table = RouteTable([.init(upstream: 5)])
        #expect(upstream("", path, in: table) == 5)
        #expect(upstream("a:b:c", path, in: table) == 5)
    }

    private func upstream(
        _ host: String, _ path: String, in table: RouteTable = RouteTableTests.table
    ) -> Int? {
        table.upstream(host: Array(host.utf8).span, path: Array(path.utf8).span)
    }
}
