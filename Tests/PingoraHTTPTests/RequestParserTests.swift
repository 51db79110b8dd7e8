import Testing

@testable import PingoraHTTP

@Suite("RequestParser")
struct RequestParserTests {
    /// What comes in, and the head that is found.
    static let accepted: [(String, String)] = [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1|Host: a"),
        ("GET /a?b=c&d HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a?b=c&d HTTP/1.1|Host: a"),
        ("GET // HTTP/1.1\r\nHost: a\r\n\r\n", "GET // HTTP/1.1|Host: a"),
        ("GET /{a}|[b]^` HTTP/1.1\r\nHost: a\r\n\r\n", "GET /{a}|[b]^` HTTP/1.1|Host: a"),
        ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%00 HTTP/1.1|Host: a"),
        ("GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0"),
        ("GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / HTTP/1.0|Host: a"),
        ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1|Host: a"),
        ("get / HTTP/1.1\r\nHost: a\r\n\r\n", "get / HTTP/1.1|Host: a"),
        ("M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n", "M-SEARCH / HTTP/1.1|Host: a"),
        ("!#$%&'*+-.^_`|~9 / HTTP/1.1\r\nHost: a\r\n\r\n", "!#$%&'*+-.^_`|~9 / HTTP/1.1|Host: a"),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1|Host: a"),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:443 HTTP/1.1|Host: a:443"),
        ("CONNECT [::1]:1 HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT [::1]:1 HTTP/1.1|Host: [::1]:1"),
        ("GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://b/x HTTP/1.1|Host: b"),
        ("GET HTTPS://b?q HTTP/1.1\r\nHost: a\r\n\r\n", "GET HTTPS://b?q HTTP/1.1|Host: b"),
        ("GET http://b:8 HTTP/1.1\r\nhost: a\r\n\r\n", "GET http://b:8 HTTP/1.1|Host: b:8"),
        ("GET http://b/ HTTP/1.0\r\n\r\n", "GET http://b/ HTTP/1.0|Host: b"),
        ("GET / HTTP/1.1\r\nhOsT:a\r\n\r\n", "GET / HTTP/1.1|hOsT: a"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP", "GET / HTTP/1.1|Host: a"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n\0", "GET / HTTP/1.1|Host: a"),
    ]

    @Test("accepts", arguments: accepted)
    func accepts(text: String, head: String) {
        let end = text.unicodeScalars.count - trailing(text)
        #expect(request(text) == .accepted(head, end))
    }

    /// How many bytes follow the head.
    private func trailing(_ text: String) -> Int {
        text.hasSuffix("GET / HTTP") ? 10 : text.hasSuffix("\0") ? 1 : 0
    }

    static let rejectedLines: [(String, ParseError.Rule, Int)] = [
        ("\n", .badMethod, 0),
        ("\rG", .bareCarriageReturn, 0),
        ("\r\n\r\n", .badMethod, 2),
        (" GET / HTTP/1.1\r\n", .badMethod, 0),
        ("G\tT / HTTP/1.1\r\n", .badMethod, 1),
        ("G\"T / HTTP/1.1\r\n", .badMethod, 1),
        ("G=\":<>(e),[T];?\" / HTTP/1.1\r\n", .badMethod, 1),
        ("GET\r\n", .badMethod, 3),
        ("G\u{80}T / HTTP/1.1\r\n", .badMethod, 1),
        ("GET\t/ HTTP/1.1\r\n", .badMethod, 3),
        ("\u{16}\u{3}\u{1}\u{2}", .badMethod, 0),
        ("GET  / HTTP/1.1\r\n", .badTarget, 4),
        ("GET /\r\n", .badTarget, 5),
        ("GET /\tHTTP/1.1\r\n", .badTarget, 5),
        ("GET /\nHTTP/1.1\r\n", .badTarget, 5),
        ("GET /a\0 HTTP/1.1\r\n", .badTarget, 6),
        ("GET /a#b HTTP/1.1\r\n", .badTarget, 6),
        ("GET /a\" HTTP/1.1\r\n", .badTarget, 6),
        ("GET /a<b HTTP/1.1\r\n", .badTarget, 6),
        ("GET /a>b HTTP/1.1\r\n", .badTarget, 6),
        ("GET /a\\b HTTP/1.1\r\n", .badTarget, 6),
        ("GET /\u{7f} HTTP/1.1\r\n", .badTarget, 5),
        ("GET /\u{e9} HTTP/1.1\r\n", .badTarget, 5),
        ("GET a HTTP/1.1\r\n", .badTarget, 4),
        ("GET a:80 HTTP/1.1\r\n", .badTarget, 4),
        ("GET ?a HTTP/1.1\r\n", .badTarget, 4),
        ("GET * HTTP/1.1\r\n", .badTarget, 4),
        ("OPTIONS ** HTTP/1.1\r\n", .badTarget, 8),
        ("GET http:/a HTTP/1.1\r\n", .badTarget, 4),
        ("GET http:// HTTP/1.1\r\n", .badTarget, 4),
        ("GET http:///a HTTP/1.1\r\n", .badTarget, 4),
        ("GET http://u@a/ HTTP/1.1\r\n", .badTarget, 4),
        ("GET http://a:x/ HTTP/1.1\r\n", .badTarget, 4),
        ("GET http://a,b/ HTTP/1.1\r\n", .badTarget, 4),
        ("GET ftp://a/ HTTP/1.1\r\n", .badTarget, 4),
        ("GET httpx://a/ HTTP/1.1\r\n", .badTarget, 4),
        ("CONNECT / HTTP/1.1\r\n", .badTarget, 8),
        ("CONNECT a HTTP/1.1\r\n", .badTarget, 8),
        ("CONNECT a: HTTP/1.1\r\n", .badTarget, 8),
        ("CONNECT a:65536 HTTP/1.1\r\n", .badTarget, 8),
        ("CONNECT http://a:80/ HTTP/1.1\r\n", .badTarget, 8),
        ("GET /a b HTTP/1.1\r\n", .badVersion, 7),
        ("GET / http/1.1\r\n", .badVersion, 6),
        ("GET /  HTTP/1.1\r\n", .badVersion, 6),
        ("GET / HTTP/x.1\r\n", .badVersion, 11),
        ("GET / HTTP/1,1\r\n", .badVersion, 11),
        ("GET / HTTP/01.1\r\n", .badVersion, 11),
        ("GET / HTTP/\r\r1.1\r\n", .badVersion, 11),
        ("GET / HTTP/4294967295.255\r\n", .badVersion, 11),
        ("GET / \r\nHost: a\r\n\r\n", .badVersion, 6),
        ("GET / HTTP/1.2\r\n", .unsupportedVersion, 13),
        ("GET / HTTP/1.32\r\n", .unsupportedVersion, 13),
        ("GET / HTTP/2.0\r\n", .unsupportedVersion, 11),
        ("GET / HTTP/0.9\r\n", .unsupportedVersion, 11),
        ("GET / HTTP/1.1 \r\n", .badRequestLine, 14),
        ("GET / HTTP/1.10\r\n", .badRequestLine, 14),
        ("GET / HTTP/1.1\n", .bareLineFeed, 14),
        ("GET / HTTP/1.1\nHost: a\n\n", .bareLineFeed, 14),
        ("GET / HTTP/1.1\r\r\n", .bareCarriageReturn, 14),
        ("GET / HTTP/1.1\rHost: a\r\n\r\n", .bareCarriageReturn, 14),
    ]

    @Test("rejects a request line", arguments: rejectedLines)
    func rejectsLine(text: String, rule: ParseError.Rule, offset: Int) {
        #expect(request(text) == .rejected(ParseError(rule, at: offset)))
    }

    @Test("refuses the HTTP/2 preface")
    func preface() {
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        #expect(request(preface) == .rejected(ParseError(.badTarget, at: 4)))
    }

    @Test(
        "wants more",
        arguments: ["", "\r", "\r\n", "G", "GET ", "GET / HTTP/1.1\r\nHost: a\r\n\r"])
    func wantsMore(text: String) {
        #expect(request(text) == .incomplete)
    }

    @Test("is as good as new after a head, and after a reset")
    func isReused() throws {
        var parser = RequestParser()
        var head = RequestHead()
        let first = latin1("GET /1 HTTP/1.1\r\nHost: a\r\nA: 1\r\n\r\n")
        let second = latin1("GET /2 HTTP/1.0\r\n\r\n")
        #expect(try parser.parse(first.span, into: &head) == first.count)
        #expect(try parser.parse(first.span.extracting(0..<30), into: &head) == nil)
        parser.reset()
        #expect(try parser.parse(second.span, into: &head) == second.count)
        #expect(head.target == "/2")
        #expect(head.version == .http10)
        #expect(head.fields.isEmpty)
    }
}
