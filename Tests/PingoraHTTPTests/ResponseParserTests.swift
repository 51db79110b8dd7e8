import Testing

@testable import PingoraHTTP

@Suite("ResponseParser")
struct ResponseParserTests {
    static let accepted: [(String, String)] = [
        ("HTTP/1.1 200 OK", "HTTP/1.1 200 OK"),
        ("HTTP/1.0 200 OK", "HTTP/1.0 200 OK"),
        ("HTTP/1.1 200 ", "HTTP/1.1 200 "),
        ("HTTP/1.1 200", "HTTP/1.1 200 "),
        ("HTTP/1.1 200  two", "HTTP/1.1 200  two"),
        ("HTTP/1.1 200 a\tb", "HTTP/1.1 200 a\tb"),
        ("HTTP/1.1 404 Nicht gefunden \u{e9}", "HTTP/1.1 404 Nicht gefunden \u{e9}"),
        ("HTTP/1.1 100 Continue", "HTTP/1.1 100 Continue"),
        ("HTTP/1.1 999 x", "HTTP/1.1 999 x"),
    ]

    @Test("accepts a status line", arguments: accepted)
    func accepts(line: String, head: String) {
        #expect(response(line + "\r\n\r\n") == .accepted(head, latin1(line).count + 4))
        #expect(
            response(line + "\r\nA: b\r\n\r\nbody")
                == .accepted(head + "|A: b", latin1(line).count + 10))
    }

    static let rejected: [(String, ParseError.Rule, Int)] = [
        ("\r\nHTTP/1.1 200 OK\r\n", .badVersion, 0),
        ("\n", .badVersion, 0),
        ("GET / HTTP/1.1\r\n", .badVersion, 0),
        ("http/1.1 200 OK\r\n", .badVersion, 0),
        ("HTTP 200 OK\r\n", .badVersion, 4),
        ("HTTPS/1.1 200 OK\r\n", .badVersion, 4),
        ("HTTP/11 200 OK\r\n", .badVersion, 5),
        ("HTTP/a.1 200 OK\r\n", .badVersion, 5),
        ("HTTP/2.0 200 OK\r\n", .unsupportedVersion, 5),
        ("HTTP/0.9 200 OK\r\n", .unsupportedVersion, 5),
        ("HTTP/1.2 200 OK\r\n", .unsupportedVersion, 7),
        ("HTTP/1.1\t200 OK\r\n", .badStatusLine, 8),
        ("HTTP/1.10 200 OK\r\n", .badStatusLine, 8),
        ("HTTP/1.1\r\n\r\nabc", .badStatusLine, 8),
        ("HTTP/1.1  200 OK\r\n", .badStatusLine, 9),
        ("HTTP/1.1 2x0 OK\r\n", .badStatusLine, 10),
        ("HTTP/1.1 20 OK\r\n", .badStatusLine, 11),
        ("HTTP/1.1 -20 OK\r\n", .badStatusLine, 9),
        ("HTTP/1.1 000 OK\r\n", .badStatusLine, 9),
        ("HTTP/1.1 099 OK\r\n", .badStatusLine, 9),
        ("HTTP/1.1 2000 OK\r\n", .badStatusLine, 12),
        ("HTTP/1.1 200\tOK\r\n", .badStatusLine, 12),
        ("HTTP/1.1 200OK\r\n", .badStatusLine, 12),
        ("HTTP/1.1 200\nA: b\r\n", .badStatusLine, 12),
        ("HTTP/1.1 200 O\0K\r\n", .badStatusLine, 14),
        ("HTTP/1.1 200 O\u{7f}\r\n", .badStatusLine, 14),
        ("HTTP/1.1 200 OK\n", .bareLineFeed, 15),
        ("HTTP/1.1 200 OK\r\r\n", .bareCarriageReturn, 15),
        ("HTTP/1.1 200\rX", .bareCarriageReturn, 12),
        ("HTTP/1.1 200 OK\rA: b\r\n", .bareCarriageReturn, 15),
    ]

    @Test("rejects a status line", arguments: rejected)
    func rejects(text: String, rule: ParseError.Rule, offset: Int) {
        #expect(response(text) == .rejected(ParseError(rule, at: offset)))
    }

    @Test("wants more", arguments: ["", "H", "HTTP/1.", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\n\r"])
    func wantsMore(text: String) {
        #expect(response(text) == .incomplete)
    }

    @Test("reads one response after the other")
    func isReused() throws {
        var parser = ResponseParser()
        var head = ResponseHead()
        let interim = latin1("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
        let last = latin1("HTTP/1.0 200\r\n\r\n")
        #expect(try parser.parse(interim.span, into: &head) == interim.count)
        #expect(head.status == .earlyHints)
        #expect(try parser.parse(interim.span.extracting(0..<30), into: &head) == nil)
        parser.reset()
        #expect(try parser.parse(last.span, into: &head) == last.count)
        #expect(head.status == .ok && head.reason == "OK" && head.fields.isEmpty)
    }
}
