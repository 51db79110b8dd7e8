import Testing

@testable import PingoraHTTP

@Suite("Limits of chunked bodies")
struct ChunkLimitsTests {
    private static let small: ParseLimits = {
        var limits = ParseLimits()
        limits.chunkLineBytes = 10
        limits.chunkExtensionBytes = 20
        limits.trailerBytes = 30
        limits.trailerCount = 4
        return limits
    }()

    @Test("a size line has at most so many bytes, its end included", arguments: [9, 10, 11])
    func line(count: Int) {
        let text = "1;" + String(repeating: "a", count: count - 4) + "\r\nx\r\n0\r\n\r\n"
        let outcome = chunks(text, limits: Self.small)
        if count <= 10 {
            #expect(outcome == .complete("x", "", text.utf8.count))
        } else {
            #expect(outcome == .rejected(ParseError(.chunkLineTooLong, at: 10)))
        }
    }

    @Test("the extensions of a body have at most so many bytes together", arguments: [4, 5])
    func extensions(count: Int) {
        // Each extension has five bytes with the return that ends it.
        let text = String(repeating: "1;abcd\r\nx\r\n", count: count) + "0\r\n\r\n"
        let outcome = chunks(text, limits: Self.small)
        if count <= 4 {
            #expect(outcome == .complete("xxxx", "", text.utf8.count))
        } else {
            #expect(outcome == .rejected(ParseError(.chunkLineTooLong, at: 4 * 11 + 2)))
        }
    }

    @Test("a trailer section has at most so many bytes", arguments: [29, 30, 31])
    func trailerBytes(count: Int) {
        let text = "0\r\nA:" + String(repeating: "x", count: count - 6) + "\r\n\r\n"
        let outcome = chunks(text, limits: Self.small)
        if count <= 30 {
            let trailers = "|A: " + String(repeating: "x", count: count - 6)
            #expect(outcome == .complete("", trailers, count + 3))
        } else {
            #expect(outcome == .rejected(ParseError(.trailersTooLarge, at: 33)))
        }
    }

    @Test("a trailer section has at most so many lines", arguments: [3, 4, 5])
    func trailerCount(count: Int) {
        let text = "0\r\n" + String(repeating: "A:\r\n", count: count) + "\r\n"
        let outcome = chunks(text, limits: Self.small)
        if count <= 4 {
            let trailers = String(repeating: "|A: ", count: count)
            #expect(outcome == .complete("", trailers, text.utf8.count))
        } else {
            #expect(outcome == .rejected(ParseError(.tooManyFields, at: 3 + 4 * 4)))
        }
    }

    @Test("what lies beyond the longest trailer section makes no difference")
    func beyond() {
        let text = "0\r\nA:" + String(repeating: "x", count: 30) + "\0"
        let error = ParseError(.trailersTooLarge, at: 33)
        #expect(chunks(text, limits: Self.small) == .rejected(error))
    }

    @Test("bounds what an attacker sends without an end")
    func endless() {
        let long = String(repeating: "a", count: 70_000)
        let lines = String(repeating: "a: b\r\n", count: 1000)
        #expect(whole("5;\(long)") == .rejected(ParseError(.chunkLineTooLong, at: 1024)))
        #expect(whole("0\r\n\(long)") == .rejected(ParseError(.trailersTooLarge, at: 16_387)))
        #expect(whole("0\r\n\(lines)") == .rejected(ParseError(.tooManyFields, at: 3 + 64 * 6)))
        let tiny = String(repeating: "1;abcdefgh\r\nx\r\n", count: 10_000)
        #expect(whole(tiny) == .rejected(ParseError(.chunkLineTooLong, at: 27_306)))
    }

    private func whole(_ text: String) -> ChunkedOutcome {
        let bytes = latin1(text)
        return decodeChunks(bytes, ends: [bytes.count])
    }

    @Test("limits that can't be reached are none")
    func unlimited() {
        var limits = ParseLimits()
        (limits.methodBytes, limits.targetBytes, limits.headBytes) = (.max, .max, .max)
        (limits.fieldCount, limits.trailerBytes, limits.trailerCount) = (.max, .max, .max)
        (limits.chunkLineBytes, limits.chunkExtensionBytes) = (.max, .max)
        let head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let body = "1;a\r\nx\r\n0\r\nA: b\r\n\r\n"
        #expect(request(head, limits: limits) == .accepted("GET / HTTP/1.1|Host: a", 27))
        #expect(chunks(body, limits: limits) == .complete("x", "|A: b", body.utf8.count))
    }
}
