import Testing

@testable import PingoraHTTP

/// The framing of a message, or the rule it breaks and where.
typealias Framed = Result<BodyFraming, ParseError>

/// The framing of a request with these field lines.
func frameRequest(_ lines: String, method: String = "POST", version: String = "1.1") -> Framed {
    var parser = RequestParser()
    var head = RequestHead()
    let bytes = latin1("\(method) / HTTP/\(version)\r\nHost: a\r\n\(lines)\r\n")
    return Result { () throws(ParseError) -> BodyFraming in
        _ = try parser.parse(bytes.span, into: &head)
        return try BodyFraming.of(head.fields, version: head.version, message: .request)
    }
}

/// The framing of a response with this status and these field lines.
func frameResponse(
    _ code: Int, _ lines: String, to method: Method = .get, version: String = "1.1"
) -> Framed {
    var parser = ResponseParser()
    var head = ResponseHead()
    let bytes = latin1("HTTP/\(version) \(code)\r\n\(lines)\r\n")
    return Result { () throws(ParseError) -> BodyFraming in
        _ = try parser.parse(bytes.span, into: &head)
        let message = MessageKind.response(status: head.status, requestMethod: method)
        return try BodyFraming.of(head.fields, version: head.version, message: message)
    }
}

@Suite("BodyFraming")
struct BodyFramingTests {
    static let framed: [(String, BodyFraming)] = [
        ("", .none),
        ("Content-Length: 0\r\n", .length(0)),
        ("Content-Length: 5\r\n", .length(5)),
        ("content-length:5\r\n", .length(5)),
        ("Content-Length: \t5 \r\n", .length(5)),
        ("Content-Length: 50\r\n", .length(50)),
        ("Content-Length: 9223372036854775807\r\n", .length(.max)),
        ("Transfer-Encoding: chunked\r\n", .chunked),
        ("transfer-encoding:CHUNKED\r\n", .chunked),
        ("Transfer-Encoding: \tChunked \r\n", .chunked),
        ("TE: chunked\r\n", .none),
    ]

    @Test("of a request", arguments: framed)
    func ofRequest(lines: String, framing: BodyFraming) {
        #expect(frameRequest(lines) == .success(framing))
        #expect(frameRequest(lines, method: "GET") == .success(framing))
        #expect(frameRequest(lines, method: "HEAD") == .success(framing))
    }

    @Test("of a response: until the connection ends where nothing is said", arguments: framed)
    func ofResponse(lines: String, framing: BodyFraming) {
        let expected = framing == .none ? .untilClose : framing
        #expect(frameResponse(200, lines) == .success(expected))
        #expect(frameResponse(404, lines, to: .post) == .success(expected))
    }

    @Test("there is none in a response to HEAD, nor with 1xx, 204 and 304", arguments: framed)
    func noBody(lines: String, framing: BodyFraming) {
        #expect(frameResponse(200, lines, to: .head) == .success(.none))
        for code in [100, 101, 103, 199, 204, 304] {
            #expect(frameResponse(code, lines) == .success(.none), "\(code)")
        }
        for code in [205, 206, 303, 305, 500, 999] {
            #expect(frameResponse(code, lines) != .success(.none), "\(code)")
        }
    }

    @Test("there is none where CONNECT opens a tunnel", arguments: framed)
    func connect(lines: String, framing: BodyFraming) {
        let failed = framing == .none ? .untilClose : framing
        #expect(frameResponse(200, lines, to: .connect) == .success(.none))
        #expect(frameResponse(299, lines, to: .connect) == .success(.none))
        #expect(frameResponse(300, lines, to: .connect) == .success(failed))
        #expect(frameResponse(502, lines, to: .connect) == .success(failed))
    }

    @Test("is not even looked for where CONNECT opens a tunnel", arguments: refused.map(\.0))
    func connectUnread(lines: String) {
        #expect(frameResponse(200, lines, to: .connect) == .success(.none))
        #expect(frameResponse(199, lines, to: .connect) == frameResponse(199, lines, to: .get))
        #expect(frameResponse(300, lines, to: .connect) == frameResponse(300, lines, to: .get))
    }

    static let refused: [(String, ParseError.Rule)] = [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", .bothLengthAndCoding),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", .bothLengthAndCoding),
        ("Transfer-Encoding: chunked\r\nContent-Length:\r\n", .bothLengthAndCoding),
        ("Content-Length: x\r\nTransfer-Encoding: y\r\n", .bothLengthAndCoding),
        ("Content-Length: 0\r\nContent-Length: 31\r\n", .severalContentLengths),
        ("Content-Length: 5\r\ncontent-length: 5\r\n", .severalContentLengths),
        ("Content-Length:\r\nContent-Length: 43\r\n", .badContentLength),
        ("Content-Length: 5, 5\r\n", .badContentLength),
        ("Content-Length: 5, 10\r\n", .badContentLength),
        ("Content-Length: 5,\r\n", .badContentLength),
        ("Content-Length: ,5\r\n", .badContentLength),
        ("Content-Length:\r\n", .badContentLength),
        ("Content-Length: -1\r\n", .badContentLength),
        ("Content-Length: -0\r\n", .badContentLength),
        ("Content-Length: +5\r\n", .badContentLength),
        ("Content-Length: 0x5\r\n", .badContentLength),
        ("Content-Length: 0o5\r\n", .badContentLength),
        ("Content-Length: 1_0\r\n", .badContentLength),
        ("Content-Length: 5 5\r\n", .badContentLength),
        ("Content-Length: 1Z\r\n", .badContentLength),
        ("Content-Length: 1.5\r\n", .badContentLength),
        ("Content-Length: abc\r\n", .badContentLength),
        ("Content-Length: 5;\r\n", .badContentLength),
        ("Content-Length: \"5\"\r\n", .badContentLength),
        ("Content-Length: \u{b2}\r\n", .badContentLength),
        ("Content-Length: \u{a0}5\r\n", .badContentLength),
        ("Content-Length: 9223372036854775808\r\n", .badContentLength),
        ("Content-Length: 9999999999999999999\r\n", .badContentLength),
        ("Content-Length: 18446744073709551616\r\n", .badContentLength),
        ("Content-Length: 00\r\n", .badContentLength),
        ("Content-Length: 005\r\n", .badContentLength),
        ("Content-Length: 0200\r\n", .badContentLength),
        ("Content-Length: 00000000000000000005\r\n", .badContentLength),
        ("Transfer-Encoding:\r\n", .badTransferEncoding),
        ("Transfer-Encoding: xchunked\r\n", .badTransferEncoding),
        ("Transfer-Encoding: chunke\r\n", .badTransferEncoding),
        ("Transfer-Encoding: identity\r\n", .badTransferEncoding),
        ("Transfer-Encoding: chunked, chunked\r\n", .badTransferEncoding),
        ("Transfer-Encoding: chunked, gzip\r\n", .badTransferEncoding),
        ("Transfer-Encoding: , chunked\r\n", .badTransferEncoding),
        ("Transfer-Encoding: ,chunked\r\n", .badTransferEncoding),
        ("Transfer-Encoding: chunked,\r\n", .badTransferEncoding),
        ("Transfer-Encoding: chunked;ext=val\r\n", .badTransferEncoding),
        ("Transfer-Encoding: chunked chunked\r\n", .badTransferEncoding),
        ("Transfer-Encoding: \"chunked\"\r\n", .badTransferEncoding),
        ("Transfer-Encoding: \u{a0}chunked\u{a0}\r\n", .badTransferEncoding),
        ("Transfer-Encoding: \u{ff}chunked\u{ff}\r\n", .badTransferEncoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", .badTransferEncoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", .badTransferEncoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n", .badTransferEncoding),
        ("Transfer-Encoding: gzip\r\n", .unknownTransferCoding),
        ("Transfer-Encoding: GZIP, chunked\r\n", .unknownTransferCoding),
        ("Transfer-Encoding: deflate\r\n", .unknownTransferCoding),
        ("Transfer-Encoding: compress\r\n", .unknownTransferCoding),
    ]

    @Test("refuses what could be read in two ways, in every message", arguments: refused)
    func refuses(lines: String, rule: ParseError.Rule) {
        let all = [
            frameRequest(lines), frameRequest(lines, method: "GET"), frameResponse(200, lines),
            frameResponse(200, lines, to: .head), frameResponse(204, lines),
            frameResponse(304, lines),
        ]
        for result in all {
            #expect(throws: ParseError.self) { try result.get() }
            if case .failure(let error) = result { #expect(error.rule == rule) }
        }
    }

    @Test("refuses a coding in HTTP/1.0", arguments: ["chunked", "gzip", ""])
    func oldVersion(coding: String) {
        let lines = "Transfer-Encoding: \(coding)\r\n"
        let error = Framed.failure(ParseError(.codingInOldVersion, at: 0))
        #expect(frameRequest(lines, version: "1.0") == error)
        #expect(frameResponse(200, lines, version: "1.0") == error)
        #expect(frameRequest("Content-Length: 5\r\n\(lines)", version: "1.0") == error)
    }

    @Test("knows a length in HTTP/1.0, and a body until the end")
    func oldLength() {
        #expect(frameRequest("Content-Length: 5\r\n", version: "1.0") == .success(.length(5)))
        #expect(frameRequest("", version: "1.0") == .success(.none))
        #expect(frameResponse(200, "", version: "1.0") == .success(.untilClose))
    }

    @Test("says where a wrong length and a second one stand")
    func offsets() {
        let start = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ".utf8.count
        let bad = ParseError(.badContentLength, at: start)
        let several = ParseError(.severalContentLengths, at: start + 19)
        #expect(frameRequest("Content-Length: x\r\n") == .failure(bad))
        let twice = "Content-Length: 5\r\nContent-Length: 5\r\n"
        #expect(frameRequest(twice) == .failure(several))
    }

    @Test("is none once a filter has removed what framed the body")
    func removed() throws {
        var fields = Fields()
        fields.append(.transferEncoding, "chunked")
        fields.append(.contentLength, "5")
        fields.remove(.contentLength)
        #expect(try BodyFraming.of(fields, version: .http11, message: .request) == .chunked)
        HopByHopFields.remove(from: &fields)
        #expect(try BodyFraming.of(fields, version: .http11, message: .request) == .none)
    }

    static let lengths: [(String?, Int?)] = [(nil, nil), ("5", 5), ("x", nil), ("5, 5", nil)]

    @Test("gives a length only where it is valid", arguments: lengths)
    func contentLength(value: String?, length: Int?) {
        var fields = Fields()
        if let value { fields.append(.contentLength, value) }
        #expect(fields.contentLength == length)
    }
}
