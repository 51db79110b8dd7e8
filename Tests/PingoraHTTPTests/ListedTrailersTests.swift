import Testing

@testable import PingoraHTTP

@Suite("ListedTrailers")
struct ListedTrailersTests {
    /// Lines of a head, and what is left of the trailers `X-A`, `x-b` and `ETag`.
    static let table: [([String], [String])] = [
        (["Connection: x-a"], ["x-b", "ETag"]),
        (["Connection: keep-alive, X-B"], ["X-A", "ETag"]),
        (["Connection: etag"], ["X-A", "x-b"]),
        (["Connection: close", "Connection: x-a , ETag,,"], ["x-b"]),
        (["Connection: x-a, x-b, etag"], []),
        (["Connection: x-ab, x"], ["X-A", "x-b", "ETag"]),
    ]

    @Test("takes away what Connection lists, and nothing else", arguments: table)
    func removes(head: [String], left: [String]) throws {
        var trailers = fields(["X-A: 1", "x-b: 2", "ETag: 3"])
        try #require(ListedTrailers(fields(head))).remove(from: &trailers)
        #expect(trailers.all.map(\.name) == left)
        #expect(trailers.contains(.etag) == left.contains("ETag"))
    }

    @Test(
        "is nothing where no trailer could be meant",
        arguments: [
            [], ["Connection: close"], ["Connection: keep-alive"], ["X-A: x-a"],
            ["Connection: Upgrade, Keep-Alive"], ["Connection: close, te"],
            ["Connection: Host, Set-Cookie"], ["Connection: ,"], ["Connection: a b, \"x\""],
        ])
    func nothing(head: [String]) {
        #expect(ListedTrailers(fields(head)) == nil)
    }

    @Test("is remembered for chunked responses only")
    func traits() throws {
        var head = ResponseHead(status: .ok)
        head.fields = fields(["Connection: x-a", "Transfer-Encoding: chunked"])
        #expect(try ResponseTraits(head, to: .get).listedTrailers != nil)
        #expect(try ResponseTraits(head, to: .head).listedTrailers == nil)
        head.fields = fields(["Connection: x-a", "Content-Length: 1"])
        #expect(try ResponseTraits(head, to: .get).listedTrailers == nil)
    }
}
