import Testing

@testable import PingoraHTTP

@Suite("ParseLimits")
struct ParseLimitsTests {
    private func isAccepted(_ outcome: Outcome) -> Bool {
        if case .accepted = outcome { true } else { false }
    }

    /// Small limits, each far from the others.
    private static let small: ParseLimits = {
        var limits = ParseLimits()
        limits.methodBytes = 5
        limits.targetBytes = 10
        limits.headBytes = 100
        limits.fieldCount = 4
        return limits
    }()

    @Test("a method has at most so many bytes", arguments: [4, 5, 6])
    func method(count: Int) {
        let text = String(repeating: "M", count: count) + " / HTTP/1.1\r\nHost: a\r\n\r\n"
        let outcome = request(text, limits: Self.small)
        if count <= 5 {
            #expect(isAccepted(outcome))
        } else {
            #expect(outcome == .rejected(ParseError(.methodTooLong, at: 5)))
        }
    }

    @Test("a target has at most so many bytes", arguments: [9, 10, 11])
    func target(count: Int) {
        let target = "/" + String(repeating: "a", count: count - 1)
        let outcome = request("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", limits: Self.small)
        if count <= 10 {
            #expect(isAccepted(outcome))
        } else {
            #expect(outcome == .rejected(ParseError(.targetTooLong, at: 14)))
        }
    }

    @Test("a request head has at most so many bytes", arguments: [99, 100, 101])
    func requestHead(count: Int) {
        let start = "GET / HTTP/1.1\r\nHost: a\r\nA: "
        let text = start + String(repeating: "x", count: count - 4 - start.utf8.count) + "\r\n\r\n"
        #expect(text.utf8.count == count)
        let outcome = request(text, limits: Self.small)
        if count <= 100 {
            #expect(isAccepted(outcome))
        } else {
            #expect(outcome == .rejected(ParseError(.headTooLarge, at: 100)))
        }
    }

    @Test("a response head has at most so many bytes", arguments: [99, 100, 101])
    func responseHead(count: Int) {
        let start = "HTTP/1.1 200 OK\r\nA: "
        let text = start + String(repeating: "x", count: count - 4 - start.utf8.count) + "\r\n\r\n"
        #expect(text.utf8.count == count)
        let outcome = response(text, limits: Self.small)
        if count <= 100 {
            #expect(isAccepted(outcome))
        } else {
            #expect(outcome == .rejected(ParseError(.headTooLarge, at: 100)))
        }
    }

    @Test("a head has at most so many fields", arguments: [3, 4, 5])
    func fieldCount(count: Int) {
        let fields = "Host: a\r\n" + String(repeating: "a: b\r\n", count: count - 1)
        let asked = request("GET / HTTP/1.1\r\n\(fields)\r\n", limits: Self.small)
        let answered = response("HTTP/1.1 200 OK\r\n\(fields)\r\n", limits: Self.small)
        if count <= 4 {
            #expect(isAccepted(asked) && isAccepted(answered))
        } else {
            #expect(asked == .rejected(ParseError(.tooManyFields, at: 16 + 9 + 3 * 6)))
            #expect(answered == .rejected(ParseError(.tooManyFields, at: 17 + 9 + 3 * 6)))
        }
    }

    @Test("an incomplete head is refused once it can't become short enough")
    func incomplete() {
        let method = String(repeating: "M", count: 33)
        let target = "GET /" + String(repeating: "a", count: 8192)
        let name = "GET / HTTP/1.1\r\n" + String(repeating: "n", count: 65_520)
        let value = "GET / HTTP/1.1\r\na:" + String(repeating: "v", count: 65_518)
        let reason = "HTTP/1.1 200 " + String(repeating: "r", count: 65_523)
        #expect(whole(method) == .rejected(ParseError(.methodTooLong, at: 32)))
        #expect(whole(target) == .rejected(ParseError(.targetTooLong, at: 4 + 8192)))
        #expect(whole(name) == .rejected(ParseError(.headTooLarge, at: 65_536)))
        #expect(whole(value) == .rejected(ParseError(.headTooLarge, at: 65_536)))
        let bytes = latin1(reason)
        #expect(
            parseResponse(bytes, ends: [bytes.count])
                == .rejected(ParseError(.headTooLarge, at: 65_536)))
        for text in [method, target, name, value] {
            #expect(whole(String(text.dropLast())) == .incomplete)
        }
    }

    private func whole(_ text: String) -> Outcome {
        let bytes = latin1(text)
        return parseRequest(bytes, ends: [bytes.count])
    }

    @Test("what lies beyond the longest head makes no difference")
    func beyond() {
        let start = "GET / HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "x", count: 80)
        let tooLarge = Outcome.rejected(ParseError(.headTooLarge, at: 100))
        #expect(request(start + "\n", limits: Self.small) == tooLarge)
        #expect(request(start + "\r\nbad name\r\n", limits: Self.small) == tooLarge)
        let status = "HTTP/1.1 200 " + String(repeating: "r", count: 90)
        #expect(response(status + "\n", limits: Self.small) == tooLarge)
    }

    static let statuses: [(ParseError.Rule, UInt16)] = [
        (.methodTooLong, 501),
        (.targetTooLong, 414),
        (.headTooLarge, 431),
        (.tooManyFields, 431),
        (.trailersTooLarge, 431),
        (.unsupportedVersion, 505),
        (.unknownTransferCoding, 501),
        (.chunkSizeTooLarge, 413),
        (.badFieldName, 400),
    ]

    @Test("the status names the limit", arguments: statuses)
    func status(rule: ParseError.Rule, code: UInt16) {
        #expect(ParseError(rule, at: 3).suggestedStatus.code == code)
    }

    @Test("an error says what and where")
    func message() {
        let error = ParseError(.badFieldName, at: 27)
        #expect("\(error)" == "invalid byte in field name at offset 27")
        #expect(Set(ParseError.Rule.allCases.map(\.rawValue)).count == 33)
    }

    @Test("the limits are those documented")
    func defaults() {
        #expect(ParseLimits.request.targetBytes == 8192)
        #expect(ParseLimits.request.headBytes == 65_536)
        #expect(ParseLimits.request.fieldCount == 100)
        #expect(ParseLimits.response.fieldCount == 200)
    }
}
