import Testing

@testable import PingoraHTTP

@Suite("FieldParser")
struct FieldParserTests {
    /// Where the fields begin behind these lines.
    static let requestLine = "GET / HTTP/1.1\r\nHost: a\r\n"
    static let statusLine = "HTTP/1.1 200 OK\r\n"

    static let accepted: [(String, String)] = [
        ("", ""),
        ("A: b\r\n", "|A: b"),
        ("A:b\r\n", "|A: b"),
        ("A:\r\n", "|A: "),
        ("A: \r\n", "|A: "),
        ("A: \t \r\n", "|A: "),
        ("A:\t b \t\r\n", "|A: b"),
        ("A: b c\td\r\n", "|A: b c\td"),
        ("A: b:c\r\n", "|A: b:c"),
        ("A: :\r\n", "|A: :"),
        ("A:: b\r\n", "|A: : b"),
        ("A: \u{80}\u{ff}\r\n", "|A: \u{80}\u{ff}"),
        ("A: \u{80}\u{ff}12345678\u{a0}\r\n", "|A: \u{80}\u{ff}12345678\u{a0}"),
        ("A: 1234567\t9012345\t\r\n", "|A: 1234567\t9012345"),
        ("A: b\r\na: c\r\n", "|A: b|a: c"),
        ("9!#$%&'*+-.^_`|~: x\r\n", "|9!#$%&'*+-.^_`|~: x"),
        ("Content_Type: 5\r\n", "|Content_Type: 5"),
    ]

    @Test("accepts field lines, in requests and responses", arguments: accepted)
    func accepts(lines: String, fields: String) {
        let (asked, answered) = (Self.requestLine + lines, Self.statusLine + lines)
        #expect(
            request(asked + "\r\n")
                == .accepted("GET / HTTP/1.1|Host: a" + fields, latin1(asked).count + 2))
        #expect(
            response(answered + "\r\n")
                == .accepted("HTTP/1.1 200 OK" + fields, latin1(answered).count + 2))
    }

    /// The offset counts from the first field line.
    static let rejected: [(String, ParseError.Rule, Int)] = [
        (": x\r\n", .badFieldName, 0),
        (":\r\n", .badFieldName, 0),
        ("A\r\n", .badFieldName, 1),
        ("A\n", .bareLineFeed, 1),
        ("\n", .bareLineFeed, 0),
        ("\r\r\n", .bareCarriageReturn, 0),
        ("\rA: b\r\n", .bareCarriageReturn, 0),
        (" A: b\r\n", .foldedLine, 0),
        ("\tA: b\r\n", .foldedLine, 0),
        ("A: b\r\n c\r\n", .foldedLine, 6),
        ("A: b\r\n\tc\r\n", .foldedLine, 6),
        ("A:\r\n b\r\n", .foldedLine, 4),
        ("A: b\r\n \r\n", .foldedLine, 6),
        ("A : b\r\n", .spaceBeforeColon, 1),
        ("A\t: b\r\n", .spaceBeforeColon, 1),
        ("A b: c\r\n", .spaceBeforeColon, 1),
        ("Content-Length 10\r\n", .spaceBeforeColon, 14),
        ("A\0: b\r\n", .badFieldName, 1),
        ("A\u{b}: b\r\n", .badFieldName, 1),
        ("A\u{7f}: b\r\n", .badFieldName, 1),
        ("A\u{80}: b\r\n", .badFieldName, 1),
        ("A\u{85}: b\r\n", .badFieldName, 1),
        ("\u{ef}\u{bb}\u{bf}A: b\r\n", .badFieldName, 0),
        ("Transfer-\r\nEncoding: chunked\r\n", .badFieldName, 9),
        ("A: b\n", .bareLineFeed, 4),
        ("A: b\nC: d\r\n", .bareLineFeed, 4),
        ("A:\n", .bareLineFeed, 2),
        ("A: b\r\r\n", .bareCarriageReturn, 4),
        ("A: b\rc\r\n", .bareCarriageReturn, 4),
        ("A: b\rSmuggled: c\r\n", .bareCarriageReturn, 4),
        ("A: b\r\n\r\r\n", .bareCarriageReturn, 6),
        ("A: b\r\n\rZGET /evil HTTP/1.1\r\n", .bareCarriageReturn, 6),
        ("A: \0\r\n", .badFieldValue, 3),
        ("A: v\0alue\r\n", .badFieldValue, 4),
        ("A: 12345678901\u{1}234567890\r\n", .badFieldValue, 14),
        ("A: \u{b}chunked\r\n", .badFieldValue, 3),
        ("A: \u{c}chunked\r\n", .badFieldValue, 3),
        ("A: b\u{7f}\r\n", .badFieldValue, 4),
        ("A: 1234567\u{7f}\r\n", .badFieldValue, 10),
        ("A: \u{1b}[31m\r\n", .badFieldValue, 3),
        ("c\0\r\n", .badFieldName, 1),
    ]

    @Test("rejects field lines, in requests and responses", arguments: rejected)
    func rejects(lines: String, rule: ParseError.Rule, offset: Int) {
        #expect(
            request(Self.requestLine + lines)
                == .rejected(ParseError(rule, at: Self.requestLine.utf8.count + offset)))
        #expect(
            response(Self.statusLine + lines)
                == .rejected(ParseError(rule, at: Self.statusLine.utf8.count + offset)))
    }

    @Test("takes exactly the token characters in a name", arguments: 0...255 as ClosedRange<UInt8>)
    func nameByte(byte: UInt8) {
        let tokens = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        let bytes = latin1("HTTP/1.1 200 OK\r\nA") + [byte] + latin1(":b\r\n\r\n")
        let outcome = parseResponse(bytes, ends: [bytes.count])
        let isExpected = tokens.utf8.contains(byte) || byte == 0x3a
        if case .accepted = outcome { #expect(isExpected) } else { #expect(!isExpected) }
    }

    @Test(
        "takes exactly visible characters and blanks in a value, wherever it stands",
        arguments: 0...255 as ClosedRange<UInt8>)
    func valueByte(byte: UInt8) {
        for place in 0..<20 {
            var value = [UInt8](repeating: 0x61, count: 20)
            value[place] = byte
            let bytes = latin1("HTTP/1.1 200 OK\r\nA:") + value + latin1("\r\n\r\n")
            let outcome = parseResponse(bytes, ends: [bytes.count])
            let isExpected = byte == 9 || byte >= 0x20 && byte != 0x7f
            if case .accepted = outcome { #expect(isExpected) } else { #expect(!isExpected) }
        }
    }
}
