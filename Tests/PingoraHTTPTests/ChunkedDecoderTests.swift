import Testing

@testable import PingoraHTTP

@Suite("ChunkedDecoder")
struct ChunkedDecoderTests {
    /// The body, its payload and its trailers.
    static let complete: [(String, String, String)] = [
        ("0\r\n\r\n", "", ""),
        ("000\r\n\r\n", "", ""),
        ("000000000000000\r\n\r\n", "", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello", ""),
        ("005\r\nhello\r\n0\r\n\r\n", "hello", ""),
        ("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc", ""),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", ""),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789", ""),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", ""),
        ("5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n", ""),
        ("1;a\r\nx\r\n0\r\n\r\n", "x", ""),
        ("1;a;b\r\nx\r\n0\r\n\r\n", "x", ""),
        ("1;a=b\r\nx\r\n0\r\n\r\n", "x", ""),
        ("1;a=b;c=d\r\nx\r\n0\r\n\r\n", "x", ""),
        ("1;a=\"b\"\r\nx\r\n0\r\n\r\n", "x", ""),
        ("1;a=\"\"\r\nx\r\n0\r\n\r\n", "x", ""),
        ("1;a=\"b;c d\";e\r\nx\r\n0\r\n\r\n", "x", ""),
        ("1;a=\"\\\"\\\\\"\r\nx\r\n0\r\n\r\n", "x", ""),
        ("1\r\nx\r\n0;last\r\n\r\n", "x", ""),
        ("0\r\nA: b\r\n\r\n", "", "|A: b"),
        ("0\r\nA: b\r\na: c\r\n\r\n", "", "|A: b|a: c"),
        ("0\r\nX:POST / HTTP/1.1\r\n\r\n", "", "|X: POST / HTTP/1.1"),
    ]

    @Test("decodes", arguments: complete)
    func decodes(text: String, payload: String, trailers: String) {
        let size = latin1(text).count
        #expect(chunks(text) == .complete(payload, trailers, size))
        #expect(chunks(text + "GET / HTTP/1.1\r\n") == .complete(payload, trailers, size))
        #expect(chunks(text + "\0") == .complete(payload, trailers, size))
    }

    @Test("leaves out what may not be a trailer")
    func forbidden() {
        let names = [
            "Transfer-Encoding", "Content-Length", "Host", "Connection", "Keep-Alive", "TE",
            "Trailer", "Upgrade", "Proxy-Connection", "Authorization", "Proxy-Authorization",
            "Proxy-Authenticate", "Cookie", "Set-Cookie", "Cache-Control", "Expect",
            "Max-Forwards", "Content-Type", "Forwarded", "Via", "X-Forwarded-For",
            "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "X_Forwarded_For",
            "X-Forwarded-Server", "Content_Length", "Transfer_Encoding", "Content-Encoding",
            "Content-Range",
        ]
        let lines = names.map { "\($0): 1\r\n\($0.lowercased()): 2\r\n" }.joined()
        let text = "0\r\nA: b\r\n\(lines)ETag: c\r\n\r\n"
        #expect(chunks(text) == .complete("", "|A: b|ETag: c", text.utf8.count))
    }

    static let rejected: [(String, ParseError.Rule, Int)] = [
        ("\r\n0\r\n\r\n", .badChunkSize, 0),
        ("\n", .badChunkSize, 0),
        (";a\r\n", .badChunkSize, 0),
        ("g\r\n", .badChunkSize, 0),
        ("0x5\r\nhello\r\n0\r\n\r\n", .badChunkSize, 1),
        ("+5\r\n", .badChunkSize, 0),
        ("-1\r\n", .badChunkSize, 0),
        ("-0x0\r\n", .badChunkSize, 0),
        ("1_0\r\n", .badChunkSize, 1),
        ("0_2e\r\n", .badChunkSize, 1),
        (" 5\r\n", .badChunkSize, 0),
        ("5 \r\n", .badChunkSize, 1),
        ("5\t\r\n", .badChunkSize, 1),
        ("5 ;a\r\n", .badChunkSize, 1),
        ("5\0\r\n", .badChunkSize, 1),
        ("5\u{80}\r\n", .badChunkSize, 1),
        ("5.0\r\n", .badChunkSize, 1),
        ("1these-bytes\r\nZ\r\n0\r\n\r\n", .badChunkSize, 1),
        ("INVALID!!!\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .badChunkSize, 0),
        ("FFFFFFFFFFFFFFFF0\r\n", .chunkSizeTooLarge, 15),
        ("10000000000000005\r\n", .chunkSizeTooLarge, 15),
        ("0000000000000000\r\n", .chunkSizeTooLarge, 15),
        ("5\nhello\r\n0\r\n\r\n", .bareLineFeed, 1),
        ("5\rXhello\r\n", .bareCarriageReturn, 2),
        ("5\r\r;ABCD\r\n", .bareCarriageReturn, 2),
        ("2\r\r;a\r\n02\r\n41\r\n0\r\n\r\n", .bareCarriageReturn, 2),
        ("5\r\nhello!!\r\n0\r\n\r\n", .badChunkEnd, 8),
        ("5\r\nhello0\r\n\r\n", .badChunkEnd, 8),
        ("5\r\nhello\n0\r\n\r\n", .badChunkEnd, 8),
        ("5\r\nhello\r0\r\n\r\n", .badChunkEnd, 9),
        ("5\r\nhello\r\n\r\n", .badChunkSize, 10),
        ("5\r\nhello\r\nx", .badChunkSize, 10),
        ("17\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n\r\n0\r\n\r\n", .badChunkSize, 29),
        ("0\r\n\n", .bareLineFeed, 3),
        ("0\n\r\n", .bareLineFeed, 1),
        ("0\r\n\rX", .bareCarriageReturn, 3),
        ("5;\r\n", .badChunkExtension, 2),
        ("5;\nhello\r\n0\r\n\r\n", .badChunkExtension, 2),
        ("5;a\rX\r\n", .bareCarriageReturn, 4),
        ("5;a=b\n", .badChunkExtension, 5),
        ("5;bad[=x\r\n", .badChunkExtension, 5),
        ("5;\0ext\r\n", .badChunkExtension, 2),
        ("5; a\r\n", .badChunkExtension, 2),
        ("5;a \r\n", .badChunkExtension, 3),
        ("5;=b\r\n", .badChunkExtension, 2),
        ("5;a=\r\n", .badChunkExtension, 4),
        ("5;a==\r\n", .badChunkExtension, 4),
        ("5;a=;b\r\n", .badChunkExtension, 4),
        ("5;a=b=c\r\n", .badChunkExtension, 5),
        ("5;a=\"b\r\n", .badChunkExtension, 6),
        ("5;a=\"b\n\"\r\n", .badChunkExtension, 6),
        ("5;a=\"\\\r\n", .badChunkExtension, 6),
        ("5;a=\"b\"c\r\n", .badChunkExtension, 7),
        ("5;a;;b\r\n", .badChunkExtension, 4),
        ("0\r\n A: b\r\n\r\n", .foldedLine, 3),
        ("0\r\nA : b\r\n\r\n", .spaceBeforeColon, 4),
        ("0\r\nA: b\n\r\n", .bareLineFeed, 7),
        ("0\r\nA: b\r\n c\r\n\r\n", .foldedLine, 9),
        ("0\r\nA: \0\r\n\r\n", .badFieldValue, 6),
        ("1\r\nx\r\n0\r\n: b\r\n\r\n", .badFieldName, 9),
        ("0\r\nGET / HTTP/1.1\r\n\r\n", .spaceBeforeColon, 6),
    ]

    @Test("rejects", arguments: rejected)
    func rejects(text: String, rule: ParseError.Rule, offset: Int) {
        #expect(chunks(text) == .rejected(ParseError(rule, at: offset)))
    }

    static let incomplete: [(String, String)] = [
        ("", ""), ("5", ""), ("5\r", ""), ("5\r\n", ""), ("5\r\nhe", "he"), ("5\r\nhello", "hello"),
        ("5\r\nhello\r", "hello"), ("5\r\nhello\r\n", "hello"), ("5\r\nhello\r\n0", "hello"),
        ("5\r\nhello\r\n0\r\n", "hello"), ("5\r\nhello\r\n0\r\n\r", "hello"), ("0\r\nA: b\r\n", ""),
        ("fffffffffffffff\r\nx", "x"), ("5;a=\"", ""),
    ]

    @Test("wants more", arguments: incomplete)
    func wantsMore(text: String, payload: String) {
        #expect(chunks(text) == .incomplete(payload))
    }

    @Test("says nothing but the end once it has ended")
    func ended() throws {
        var decoder = ChunkedDecoder()
        #expect(try decoder.next(latin1("0\r\nA: b\r\n\r\nX").span) == .end(consumed: 11))
        #expect(try decoder.next(latin1("X").span) == .end(consumed: 0))
        #expect(try decoder.next([UInt8]().span) == .end(consumed: 0))
        decoder.reset()
        #expect(decoder.trailers.isEmpty)
        #expect(try decoder.next(latin1("1\r\nx").span) == .data(offset: 3, count: 1))
        #expect(throws: ParseError(.badChunkEnd, at: 4)) { try decoder.next(latin1("y").span) }
    }
}
