import Testing

@testable import PingoraConfig

@Suite("ConfigurationValue")
struct ConfigurationValueTests {
    @Test(
        "reads text",
        arguments: [
            ("x", "x"), ("'two words'", "two words"), ("5", "5"), ("off", "off"),
            ("\"null\"", "null"), ("ü", "ü"),
            ("", #"f:1:3: a: expected a path, got nothing"#),
            ("~", #"f:1:4: a: expected a path, got nothing"#),
            ("\"\"", #"f:1:4: a: expected a path, got """#),
            (#""a\nb""#, #"f:1:4: a: expected a path, got "a\nb""#),
            (#""a\0""#, #"f:1:4: a: expected a path, got "a\u{0}""#),
            ("[x]", #"f:1:4: a: expected a path, got a list"#),
            ("{x: y}", #"f:1:4: a: expected a path, got a mapping"#),
        ])
    func text(value: String, expected: String) {
        #expect(reading(value) { $0.text("a path") } == expected)
    }

    @Test(
        "reads integers",
        arguments: [
            ("-5", "-5"), ("-4", "-4"), ("0", "0"), ("9", "9"), ("10", "10"), ("'7'", "7"),
            ("-6", "\"-6\""), ("11", "\"11\""), ("07", "\"07\""), ("00", "\"00\""),
            ("+1", "\"+1\""), ("1.0", "\"1.0\""), ("1e1", "\"1e1\""), ("0x1", "\"0x1\""),
            ("1_0", "\"1_0\""), ("--1", "\"--1\""), ("\"-\"", "\"-\""),
            ("\"\"", "\"\""), ("x", "\"x\""), ("99999999999999999999", "\"99999999999999999999\""),
            ("[1]", "a list"), ("\u{661}", "\"\\u{661}\""),
        ])
    func integer(value: String, expected: String) {
        let read = reading(value) { $0.integer(in: -5...10) }
        let message = "f:1:4: a: expected an integer from -5 to 10, got "
        #expect(read == (Int(expected) == nil ? message + expected : expected))
    }

    private static let noBoolean = "f:1:4: a: expected true or false, got "

    @Test(
        "reads booleans",
        arguments: [
            ("true", "true"), ("false", "false"),
            ("yes", noBoolean + #""yes", did you mean "true"?"#),
            ("On", noBoolean + #""On", did you mean "true"?"#),
            ("1", noBoolean + #""1", did you mean "true"?"#),
            ("y", noBoolean + #""y", did you mean "true"?"#),
            ("no", noBoolean + #""no", did you mean "false"?"#),
            ("OFF", noBoolean + #""OFF", did you mean "false"?"#),
            ("0", noBoolean + #""0", did you mean "false"?"#),
            ("True", noBoolean + #""True", did you mean "true"?"#),
            ("flase", noBoolean + #""flase", did you mean "false"?"#),
            ("2", noBoolean + #""2""#), ("''", noBoolean + #""""#), ("[]", noBoolean + "a list"),
        ])
    func boolean(value: String, expected: String) {
        #expect(reading(value) { $0.boolean() } == expected)
    }

    private static let noDuration = "f:1:4: a: expected a duration such as 5s or 250ms, got "
    private static let otherDuration = "f:1:4: a: expected a duration from 250ms to 2h, got "

    @Test(
        "reads durations",
        arguments: [
            ("250ms", "0.25 seconds"), ("5s", "5.0 seconds"), ("2m", "120.0 seconds"),
            ("2h", "7200.0 seconds"), ("0250ms", "0.25 seconds"),
            ("249ms", otherDuration + "\"249ms\""),
            ("7201s", otherDuration + "\"7201s\""), ("0s", otherDuration + "\"0s\""),
            ("99999999999999999999s", otherDuration + "\"99999999999999999999s\""),
            ("9999999999999999h", otherDuration + "\"9999999999999999h\""),
            ("5", noDuration + "\"5\": a number needs a unit, write 5s"),
            ("1.5s", noDuration + "\"1.5s\": write a whole number of a smaller unit"),
            ("5sec", noDuration + "\"5sec\": units are ms, s, m and h"),
            ("5 s", noDuration + "\"5 s\": units are ms, s, m and h"),
            ("5S", noDuration + "\"5S\": units are ms, s, m and h"),
            ("1m30s", noDuration + "\"1m30s\": units are ms, s, m and h"),
            ("-5s", noDuration + "\"-5s\""), ("s", noDuration + "\"s\""),
            ("[]", noDuration + "a list"),
        ])
    func duration(value: String, expected: String) {
        #expect(
            reading(value) { $0.duration(in: .milliseconds(250)...(.seconds(7200))) } == expected)
    }

    private static let noSize = "f:1:4: a: expected a size such as 64KiB or 1MiB, got "
    private static let otherSize = "f:1:4: a: expected a size from 1KiB to 2GiB, got "

    @Test(
        "reads sizes",
        arguments: [
            ("1024B", "1024"), ("64KiB", "65536"), ("1MiB", "1048576"), ("2GiB", "2147483648"),
            ("1023B", otherSize + "\"1023B\""), ("3GiB", otherSize + "\"3GiB\""),
            ("9999999999999GiB", otherSize + "\"9999999999999GiB\""),
            ("65536", noSize + "\"65536\": a number needs a unit, write 64KiB"),
            ("65537", noSize + "\"65537\": a number needs a unit, write 65537B"),
            ("10MB", noSize + "\"10MB\": units are B, KiB, MiB and GiB"),
            ("10k", noSize + "\"10k\": units are B, KiB, MiB and GiB"),
            ("1.5MiB", noSize + "\"1.5MiB\": write a whole number of a smaller unit"),
            ("", "f:1:3: a: expected a size such as 64KiB or 1MiB, got nothing"),
        ])
    func size(value: String, expected: String) {
        #expect(reading(value) { $0.size(in: 1024...2 << 30) } == expected)
    }

    @Test(
        "reads one of several words",
        arguments: [
            ("append", "2"), ("off", "3"),
            ("apend", #"expected overwrite, append or off, got "apend", did you mean "append"?"#),
            ("false", #"expected overwrite, append or off, got "false""#),
        ])
    func choice(value: String, expected: String) {
        let read = reading(value) { $0.choice(of: ["overwrite": 1, "append": 2, "off": 3]) }
        #expect(read.replacing("f:1:4: a: ", with: "") == expected)
    }

    @Test("shows no more of a value than fits, and nothing that moves a cursor")
    func shown() {
        let escape = reading(#""\e[2J\u202e""#) { $0.integer(in: 0...1) }
        #expect(escape.hasSuffix(#"got "\u{1b}[2J\u{202e}""#))
        let long = reading(String(repeating: "x", count: 100)) { $0.integer(in: 0...1) }
        #expect(long.hasSuffix("got \"" + String(repeating: "x", count: 40) + "...\""))
    }

    @Test("says nothing more about a value that was reported already")
    func rejected() {
        let expected = ["f:1:4: aliases (*name) are not supported: write the value out"]
        #expect(problems("a: *b") { $0.section { _ = $0["a"]?.integer(in: 0...1) } } == expected)
    }
}
