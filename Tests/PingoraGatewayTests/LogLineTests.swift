import Testing

@testable import PingoraGateway

@Suite("LogLine")
struct LogLineTests {
    @Test(
        "quotes and escapes whatever is not plain",
        arguments: [
            ("/a?b=c&d", "/a?b=c&d"), ("", "-"), ("a b", #""a b""#), ("a\"b", #""a\"b""#),
            ("a\\b", #""a\\b""#), ("a\nstatus=200", #""a\x0astatus=200""#),
            ("a\r\n", #""a\x0d\x0a""#), ("\u{1b}[2J", #""\x1b[2J""#), ("\u{0}", #""\x00""#),
            ("\u{7f}", #""\x7f""#), ("ü", #""\xc3\xbc""#), ("\u{202e}", #""\xe2\x80\xae""#),
            ("\t", #""\x09""#), (" ", #"" ""#), ("!~", "!~"),
        ])
    func quotes(text: String, expected: String) {
        #expect(line { $0.append(quoting: Array(text.utf8).span) } == expected)
    }

    @Test("writes every byte so that the line stays one line of visible ASCII")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            let text = line { $0.append(quoting: [byte].span) }
            #expect(text.utf8.allSatisfy { 0x20..<0x7f ~= $0 }, "\(byte)")
        }
    }

    @Test("writes different bytes differently")
    func distinct() {
        var seen: Set<String> = []
        for byte in UInt8.min...UInt8.max {
            seen.insert(line { $0.append(quoting: [byte].span) })
        }
        #expect(seen.count == 256)
    }

    @Test(
        "writes numbers",
        arguments: [
            (0, "0"), (9, "9"), (10, "10"), (1234567890, "1234567890"), (-5, "0"),
            (Int.max, "9223372036854775807"),
        ])
    func numbers(number: Int, expected: String) {
        #expect(line { $0.append(number: number) } == expected)
    }

    @Test(
        "writes thousandths",
        arguments: [
            (0, "0.000"), (1, "0.001"), (12, "0.012"), (999, "0.999"), (1000, "1.000"),
            (1234, "1.234"), (123_456_789, "123456.789"),
        ])
    func thousandths(number: Int, expected: String) {
        #expect(line { $0.append(thousandths: number) } == expected)
    }

    @Test("begins empty in the memory of an earlier line")
    func reuse() {
        var first = LogLine(reusing: [])
        first.append("a long line that was written before ")
        first.append("with a \(1)")
        var second = LogLine(reusing: first.take())
        second.append(Array("x".utf8).span)
        #expect(second.bytes == Array("x".utf8))
    }

    private func line(_ write: (inout LogLine) -> Void) -> String {
        var line = LogLine(reusing: [])
        write(&line)
        return String(decoding: line.bytes, as: UTF8.self)
    }
}
