import Testing

@testable import PingoraHTTP

@Suite("HostRule")
struct HostRuleTests {
    static let valid = [
        "a", "a.b", "a-b_c~d", "1.2.3.4", "a:80", "a:", "a:0", "a:65535", "a:00080", "[::1]",
        "[::1]:8080", "[1:2:3:4:5:6:7:8]", "[::ffff:1.2.3.4]", "%41", "a!$&'()*+;=b", "A.B",
    ]

    @Test("accepts a host", arguments: valid)
    func accepts(host: String) {
        let text = "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n"
        #expect(request(text) == .accepted("GET / HTTP/1.1|Host: \(host)", text.utf8.count))
    }

    static let invalid = [
        "", ":80", "a, b", "a,b", "a b", "a/b", "a/", "u@a", "u:p@a", "a#b", "a?b", "a\\b", "a\"b",
        "a<b", "a:99999", "a:65536", "a:100000", "a:+80", "a:8 0", "a:80:80", "a:b", "a::1", "::1",
        "[::1", "[]", "[:]", "[::1]a", "[::1]:x", "[::g]", "[fe80::1%25eth0]", "]", "[[::1]]",
        "http://a", "a^b", "a`b", "a{b", "a|b", "\u{e9}", "a\u{80}",
    ]

    @Test("rejects a host", arguments: invalid)
    func rejects(host: String) {
        let error = ParseError(.badHost, at: 22)
        #expect(request("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == .rejected(error))
        let old = request("GET / HTTP/1.0\r\nHost: \(host)\r\n\r\n")
        #expect(old == .rejected(error))
    }

    static let several: [(String, ParseError.Rule, Int)] = [
        ("GET / HTTP/1.1\r\n\r\n", .missingHost, 0),
        ("GET / HTTP/1.1\r\nA: b\r\n\r\n", .missingHost, 0),
        ("GET / HTTP/1.1\r\nHost_: b\r\n\r\n", .missingHost, 0),
        ("GET http://b/ HTTP/1.1\r\n\r\n", .missingHost, 0),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .severalHosts, 25),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nHOST: b\r\n\r\n", .severalHosts, 31),
        ("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .severalHosts, 25),
        ("GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n", .badHost, 30),
        ("GET http://b/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .severalHosts, 33),
    ]

    @Test("wants exactly one", arguments: several)
    func one(text: String, rule: ParseError.Rule, offset: Int) {
        #expect(request(text) == .rejected(ParseError(rule, at: offset)))
    }

    @Test("takes exactly the bytes of a registered name", arguments: 0...255 as ClosedRange<UInt8>)
    func hostByte(byte: UInt8) {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        let allowed = letters + "0123456789-._~!$&'()*+;=%"
        #expect(ByteClass.isHost(byte) == allowed.utf8.contains(byte))
    }

    @Test("takes exactly the bytes of a target", arguments: 0...255 as ClosedRange<UInt8>)
    func targetByte(byte: UInt8) {
        let refused = "\"#<>\\"
        let isVisible = 0x21...0x7e ~= byte
        #expect(ByteClass.isTarget(byte) == (isVisible && !refused.utf8.contains(byte)))
    }
}
