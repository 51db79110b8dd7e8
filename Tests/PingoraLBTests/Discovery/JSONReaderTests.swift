import TestSupport
import Testing

@testable import PingoraLB

@Suite("JSONReader")
struct JSONReaderTests {
    private static func read(_ text: String) throws(JSONError) -> JSONValue {
        try JSONReader.read(Array(text.utf8))
    }

    private static let examples: [(String, JSONValue)] = [
        ("null", .null),
        (" \t\r\ntrue \t\r\n", .bool(true)),
        ("false", .bool(false)),
        ("0", .number("0")),
        ("-0", .number("-0")),
        ("120", .number("120")),
        ("-12.50e+30", .number("-12.50e+30")),
        ("1E5", .number("1E5")),
        ("0.1e-2", .number("0.1e-2")),
        ("9999999999999999999999", .number("9999999999999999999999")),
        (#""""#, .string("")),
        (#""a/b é 😀""#, .string("a/b é 😀")),
        (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{c}\n\r\t")),
        (#""\u0041\u00e9\u20AC\ud83d\uDE00\u0000""#, .string("Aé€😀\u{0}")),
        (#""\uD7FF\uE000""#, .string("\u{d7ff}\u{e000}")),
        ("\"\u{7f}\"", .string("\u{7f}")),
        ("[]", .array([])),
        ("[ ]", .array([])),
        ("[1,[true] , \"a\"]", .array([.number("1"), .array([.bool(true)]), .string("a")])),
        ("{}", .object([:])),
        ("{ }", .object([:])),
        (#"{"":1}"#, .object(["": .number("1")])),
        (
            #"{ "a" : {"a":null} , "b":[{}] }"#,
            .object([
                "a": .object(["a": .null]), "b": .array([.object([:])]),
            ])
        ),
        (#"{"\u0061":1}"#, .object(["a": .number("1")])),
    ]

    @Test("reads values", arguments: examples)
    func reads(text: String, value: JSONValue) throws {
        #expect(try Self.read(text) == value)
    }

    @Test(
        "says what is wrong, and where",
        arguments: [
            ("", "unexpected end at offset 0"),
            (" ", "unexpected end at offset 1"),
            ("\u{feff}1", "expected a value at offset 0"),
            ("\u{a0}1", "expected a value at offset 0"),
            ("1 2", "expected the end at offset 2"),
            ("{}}", "expected the end at offset 2"),
            ("nul", "unexpected end at offset 3"),
            ("nulL", "expected a value at offset 0"),
            ("truest", "expected the end at offset 4"),
            ("True", "expected a value at offset 0"),
            ("NaN", "expected a value at offset 0"),
            ("Infinity", "expected a value at offset 0"),
            ("+1", "expected a value at offset 0"),
            (".5", "expected a value at offset 0"),
            ("-", "unexpected end at offset 1"),
            ("-a", "invalid number at offset 0"),
            ("01", "invalid number at offset 0"),
            ("-01", "invalid number at offset 0"),
            ("00", "invalid number at offset 0"),
            ("1.", "unexpected end at offset 2"),
            ("[1.]", "invalid number at offset 1"),
            ("[1.e5]", "invalid number at offset 1"),
            ("[1e]", "invalid number at offset 1"),
            ("[1e+-1]", "invalid number at offset 1"),
            ("1e+", "unexpected end at offset 3"),
            ("0x1", "expected the end at offset 1"),
            ("1_0", "expected the end at offset 1"),
            ("\"a", "unexpected end at offset 2"),
            ("\"\\", "unexpected end at offset 2"),
            ("'a'", "expected a value at offset 0"),
            ("\"a\nb\"", "control character in a string at offset 2"),
            ("\"\u{0}\"", "control character in a string at offset 1"),
            ("\"\u{1f}\"", "control character in a string at offset 1"),
            (#""\a""#, "invalid escape in a string at offset 1"),
            (#""\x41""#, "invalid escape in a string at offset 1"),
            (#""\U0041""#, "invalid escape in a string at offset 1"),
            (#""\u004""#, "invalid escape in a string at offset 1"),
            (#""\u004g""#, "invalid escape in a string at offset 1"),
            (#""\u00"#, "unexpected end at offset 5"),
            (#""\ud83d""#, "half of a surrogate pair at offset 1"),
            (#""\ud83dx""#, "half of a surrogate pair at offset 1"),
            (#""\ud83d\n""#, "half of a surrogate pair at offset 1"),
            (#""\ud83d\ud83d""#, "half of a surrogate pair at offset 1"),
            (#""\ud83dA""#, "half of a surrogate pair at offset 1"),
            (#""\ude00\ud83d""#, "half of a surrogate pair at offset 1"),
            ("[", "unexpected end at offset 1"),
            ("[1", "unexpected end at offset 2"),
            ("[1,", "unexpected end at offset 3"),
            ("[1,]", "expected a value at offset 3"),
            ("[,1]", "expected a value at offset 1"),
            ("[1 2]", "expected a comma or ] at offset 3"),
            ("[1}", "expected a comma or ] at offset 2"),
            ("]", "expected a value at offset 0"),
            ("{", "unexpected end at offset 1"),
            ("{\"a\"", "unexpected end at offset 4"),
            ("{\"a\":", "unexpected end at offset 5"),
            ("{\"a\":1", "unexpected end at offset 6"),
            ("{\"a\":1,", "unexpected end at offset 7"),
            ("{\"a\":1,}", "expected a name in quotes at offset 7"),
            ("{\"a\" 1}", "expected a colon at offset 5"),
            ("{\"a\":}", "expected a value at offset 5"),
            ("{\"a\":1 \"b\":2}", "expected a comma or } at offset 7"),
            ("{a:1}", "expected a name in quotes at offset 1"),
            ("{1:1}", "expected a name in quotes at offset 1"),
            ("{,}", "expected a name in quotes at offset 1"),
            ("{\"a\":1]", "expected a comma or } at offset 6"),
            (#"{"a":1,"a":1}"#, "duplicate name a at offset 7"),
            (#"{"a":1,"\u0061":2}"#, "duplicate name a at offset 7"),
            (#"{"\n":1,"\n":1}"#, #"duplicate name "\n" at offset 8"#),
            ("[1] // one", "expected the end at offset 4"),
            ("/* */ 1", "expected a value at offset 0"),
        ])
    func refuses(text: String, message: String) throws {
        let error = #expect(throws: JSONError.self) { try Self.read(text) }
        #expect(error?.description == message)
    }

    @Test(
        "refuses what is no UTF-8, and says where",
        arguments: [
            ([0xff], 0), ([0x22, 0x61, 0x80, 0x22], 2), ([0x22, 0xc3, 0x22], 1),
            ([0x22, 0xc0, 0x80, 0x22], 1), ([0x22, 0xc3, 0xa9, 0xed, 0xa0, 0x80, 0x22], 3),
        ] as [([UInt8], Int)])
    func encoding(bytes: [UInt8], offset: Int) {
        #expect(throws: JSONError(.invalidUTF8, at: offset)) { try JSONReader.read(bytes) }
    }

    @Test("nests sixteen deep and no deeper", arguments: [(15, true), (16, true), (17, false)])
    func depth(depth: Int, isFine: Bool) {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let text =
                String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
            let offset = 16 * open.utf8.count
            if isFine {
                #expect(throws: Never.self) { try Self.read(text) }
            } else {
                #expect(throws: JSONError(.tooDeep(limit: 16), at: offset)) { try Self.read(text) }
            }
        }
        // Depth is what is open, not what was.
        #expect(throws: Never.self) {
            try Self.read("[" + String(repeating: "[],", count: 20) + "[]]")
        }
    }

    @Test("survives a text that only opens", arguments: ["[", "{\"a\":"])
    func bomb(open: String) {
        let text = String(repeating: open, count: 200_000)
        let offset = 16 * open.utf8.count
        #expect(throws: JSONError(.tooDeep(limit: 16), at: offset)) { try Self.read(text) }
    }

    @Test("makes 32 768 values and no more", arguments: [(32_767, true), (32_768, false)])
    func values(count: Int, isFine: Bool) {
        // The array is one of them.
        let text = "[" + String(repeating: "1,", count: count - 1) + "1]"
        #expect(((try? Self.read(text)) != nil) == isFine)
        guard !isFine else { return }
        #expect(throws: JSONError(.tooManyValues(limit: 32_768), at: text.utf8.count - 2)) {
            try Self.read(text)
        }
    }

    private static let document =
        #"{"backends":[{"address":"10.0.0.1:80","weight":2},{"x":[1.5e3,"\u00e9\ud83d\ude00"]}]}"#

    @Test("refuses a text wherever it is cut")
    func cuts() {
        let bytes = Array(Self.document.utf8)
        for count in 0..<bytes.count {
            #expect(throws: JSONError(.endOfText, at: count)) {
                try JSONReader.read(Array(bytes[..<count]))
            }
        }
    }

    @Test("survives bytes that are changed at random", arguments: 1...20 as ClosedRange<UInt64>)
    func mutations(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var bytes = Array(Self.document.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            do throws(JSONError) {
                _ = try JSONReader.read(bytes)
            } catch {
                #expect((0...bytes.count).contains(error.offset))
            }
        }
    }
}
