import Testing

@testable import PingoraConfig

@Suite("YAMLTree")
struct YAMLTreeTests {
    @Test(
        "keeps what a document says",
        arguments: [
            ("a: 1", #"{a:"1"}"#),
            ("a: 1\nb:\n  - x\n  - y: z\n", #"{a:"1" b:["x" {y:"z"}]}"#),
            ("{a: [1, 2], b: {c: d}}", #"{a:["1" "2"] b:{c:"d"}}"#),
            ("a:\nb: ~\nc: null\nd: \"\"\ne: ''", #"{a:nothing b:nothing c:nothing d:"" e:""}"#),
            ("a: \"null\"", #"{a:"null"}"#),
            ("a: \"x\\ty\"", #"{a:"x\ty"}"#),
            ("a: |\n  x\n  y\n", #"{a:"x\ny\n"}"#),
            ("a: no # yes\n", #"{a:"no"}"#),
            ("%YAML 1.1\n---\na: 1\n...\n", #"{a:"1"}"#),
            ("\u{feff}a: 1\r\nb: 2\r\n", #"{a:"1" b:"2"}"#),
            ("grüße: schön", #"{grüße:"schön"}"#),
            ("- a", #"["a"]"#),
            ("a", #""a""#),
        ])
    func keeps(text: String, expected: String) {
        let problems = ProblemList()
        let node = YAMLTree.parse(Array(text.utf8), problems: problems)
        #expect(node.map(outline) == expected)
        #expect(problems.isEmpty)
    }

    @Test("knows where keys and values begin, whatever the bytes before them")
    func positions() throws {
        let text = "\u{feff}a: 1\n  \n\"ü\": [ x,\n  y]\n"
        let node = try #require(YAMLTree.parse(Array(text.utf8), problems: ProblemList()))
        guard case .mapping(let entries) = node.content, entries.count == 2,
            case .sequence(let elements) = entries[1].value.content
        else { return #expect(Bool(false), "another tree: \(outline(node))") }
        #expect(node.position == TextPosition(line: 1, column: 1))
        #expect(entries[0].value.position == TextPosition(line: 1, column: 4))
        #expect(entries[1].keyPosition == TextPosition(line: 3, column: 1))
        #expect(entries[1].value.position == TextPosition(line: 3, column: 6))
        #expect(elements[0].position == TextPosition(line: 3, column: 8))
        #expect(elements[1].position == TextPosition(line: 4, column: 3))
    }

    static let rejected: [(String, String)] = [
        ("", "f:1:1: the file is empty"),
        ("# only a comment\n", "f:1:1: the file is empty"),
        ("a: 1\na: 2\n", "f:2:1: key 'a' comes twice: it stands in line 1 already"),
        ("{b: {a: 1, \"a\": 2}}", "f:1:12: key 'a' comes twice: it stands in line 1 already"),
        ("a: &x 1", "f:1:4: anchors (&name) are not supported"),
        ("a: *x", "f:1:4: aliases (*name) are not supported: write the value out"),
        ("a: !!int 1", "f:1:4: tags (!name) are not supported: leave it out"),
        ("a: !x [1]", "f:1:4: tags (!name) are not supported: leave it out"),
        ("a: 1\n---\nb: 2", "f:2:1: a second document begins here: only one is allowed"),
        (
            "? [a]\n: b",
            "f:1:3: expected a key, got a list: an address such as \"[::1]:80\" has to stand in "
                + "quotes"
        ),
        ("a:\n\tb: 1", "f:2:1: a tab is not allowed here: indent with spaces"),
        ("a: 1\n\tb: 2", "f:2:1: a tab is not allowed here: indent with spaces"),
        (
            "a: *.example.com",
            "f:1:4: a value that begins with * has to stand in quotes, such as \"*.example.com\""
        ),
        ("a: @b", "f:1:4: a value that begins with @ has to stand in quotes"),
        ("a: `b`", "f:1:4: a value that begins with ` has to stand in quotes"),
        (
            "a: [::1]:80",
            "f:1:5: a value that begins with [ has to stand in quotes, such as \"[::1]:80\""
        ),
        ("a: [2001:db8::1]:80", "f:1:17: an address such as \"[::1]:80\" has to stand in quotes"),
        ("a: b: c", "f:1:5: not valid YAML: mapping values are not allowed in this context"),
        (
            "a: [1\nb: 2\n",
            "f:2:2: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence "
                + "that begins at 1:4"
        ),
        (
            "a: \"x\n",
            "f:2:1: not valid YAML: found unexpected end of stream while scanning a quoted scalar "
                + "that begins at 1:4"
        ),
        ("a: x\u{1}y", "f:1:5: a control character is not allowed"),
        ("ü: \u{0}", "f:1:4: a control character is not allowed"),
        ("%YAML 2.0\n---\na: 1", "f:1:1: not valid YAML: found incompatible YAML document"),
    ]

    @Test("reports what a configuration does not need or YAML does not allow", arguments: rejected)
    func rejects(text: String, expected: String) {
        #expect(problems(text) == [expected])
    }

    @Test(
        "counts lines alike, whatever ends them and whoever stops there",
        arguments: ["\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}"])
    func lineBreaks(lineBreak: String) throws {
        let start = "ü: 1\(lineBreak)\(lineBreak)b: "
        // A value knows it from libyaml's mark...
        let node = try #require(YAMLTree.parse(Array("\(start)2".utf8), problems: ProblemList()))
        guard case .mapping(let entries) = node.content else { return #expect(Bool(false)) }
        #expect(entries.last?.value.position == TextPosition(line: 3, column: 4))
        // ...the rest counts for itself: where a byte stands, and which byte stands there.
        #expect(problems("\(start)\u{1}") == ["f:3:4: a control character is not allowed"])
        #expect(
            problems("\(start)@") == ["f:3:4: a value that begins with @ has to stand in quotes"])
        #expect(
            problems("a:\(lineBreak)\tb: 1")
                == ["f:2:1: a tab is not allowed here: indent with spaces"])
    }

    @Test(
        "reports bytes that are no UTF-8, and does not take them for UTF-16",
        arguments: [
            (Array("a: ".utf8) + [0xff], "f:1:4: not UTF-8 (invalid leading UTF-8 octet)"),
            ([0xff, 0xfe, 0x61, 0], "f:1:1: not UTF-8 (invalid leading UTF-8 octet)"),
            (Array("a:\n b: ".utf8) + [0xc3], "f:2:5: not UTF-8 (incomplete UTF-8 octet sequence)"),
        ] as [([UInt8], String)])
    func notUTF8(bytes: [UInt8], expected: String) {
        let problems = ProblemList()
        #expect(YAMLTree.parse(bytes, problems: problems) == nil)
        #expect(
            problems.inOrder.map { $0.text(file: "f") } == [expected + ": save the file as UTF-8"])
    }
}
