import Testing

@testable import PingoraHTTP

@Suite("Fields")
struct FieldsTests {
    private let three = fields(["Host: a", "X-One: 1", "Accept: b", "x-one: 2", "aCCept: c"])

    @Test("keeps the order, and the case of names it does not know")
    func order() {
        #expect(
            lines(three) == ["Host: a", "X-One: 1", "Accept: b", "x-one: 2", "Accept: c"])
        #expect(three.count == 5 && !three.isEmpty)
    }

    @Test("keeps the case of every name that was parsed")
    func parsedCase() throws {
        var parser = ResponseParser()
        var head = ResponseHead()
        let bytes = latin1("HTTP/1.1 200 OK\r\nhOsT: a\r\nx-A: b\r\n\r\n")
        _ = try parser.parse(bytes.span, into: &head)
        #expect(lines(head.fields) == ["hOsT: a", "x-A: b"])
        #expect(head.fields[.host] == "a" && head.fields["X-a"] == "b")
    }

    @Test("finds by name, whatever the case")
    func find() {
        #expect(three[.host] == "a")
        #expect(three["host"] == "a" && three["HOST"] == "a")
        #expect(three["x-ONE"] == "1")
        #expect(three.values(of: "X-One") == ["1", "2"])
        #expect(three.values(of: .accept) == ["b", "c"])
        #expect(three.values(of: .via) == [])
        #expect(three["X-On"] == nil && three["X-One1"] == nil && three[.via] == nil)
        #expect(three.contains("x-one") && !three.contains("x-two"))
    }

    /// The name that is replaced by `new`, and all lines then.
    static let replaced: [(FieldName, [String])] = [
        (.host, ["Host: new", "X-One: 1", "Accept: b", "x-one: 2", "Accept: c"]),
        (.accept, ["Host: a", "X-One: 1", "Accept: new", "x-one: 2"]),
        ("x-ONE", ["Host: a", "x-ONE: new", "Accept: b", "Accept: c"]),
        ("Y", ["Host: a", "X-One: 1", "Accept: b", "x-one: 2", "Accept: c", "Y: new"]),
        (.via, ["Host: a", "X-One: 1", "Accept: b", "x-one: 2", "Accept: c", "Via: new"]),
    ]

    @Test("replaces the first line of a name and removes the others", arguments: replaced)
    func replace(name: FieldName, expected: [String]) {
        var fields = three
        fields.replace(name, with: "new")
        #expect(lines(fields) == expected)
        #expect(fields[name] == "new" && fields.values(of: name).count == 1)
    }

    static let removed: [(FieldName, [String])] = [
        (.host, ["X-One: 1", "Accept: b", "x-one: 2", "Accept: c"]),
        (.accept, ["Host: a", "X-One: 1", "x-one: 2"]),
        ("x-ONE", ["Host: a", "Accept: b", "Accept: c"]),
        ("Y", ["Host: a", "X-One: 1", "Accept: b", "x-one: 2", "Accept: c"]),
        (.via, ["Host: a", "X-One: 1", "Accept: b", "x-one: 2", "Accept: c"]),
    ]

    @Test("removes every line of a name", arguments: removed)
    func remove(name: FieldName, expected: [String]) {
        var fields = three
        fields.remove(name)
        #expect(lines(fields) == expected)
        #expect(!fields.contains(name))
        fields.append(name, "again")
        #expect(fields[name] == "again")
    }

    @Test("removes everything")
    func removeAll() {
        var fields = three
        fields.append("bad", "\n")
        fields.removeAll()
        #expect(fields.isEmpty && fields.invalidName == nil)
        #expect(!fields.contains(.host) && !fields.contains("X-One"))
    }

    @Test("a copy is the same, and goes its own way")
    func copy() {
        var copy = fields(["Old: 1", "Via: x"])
        copy.copy(from: three)
        #expect(lines(copy) == lines(three))
        #expect(!copy.contains(.via) && copy[.host] == "a")
        copy.replace(.host, with: "b")
        #expect(three[.host] == "a" && copy[.host] == "b")
        copy.append("bad", "\n")
        var other = Fields()
        other.copy(from: copy)
        #expect(other.invalidName == "bad")
    }

    static let invalid = ["\r", "\n", "\r\n", "a\r\nB: c", "\0", "\u{1}", "\u{7f}", "a\u{b}"]

    @Test("remembers the first name that was set to no value", arguments: invalid)
    func invalidValue(value: String) {
        var fields = fields(["A: ok \u{e9}\t"])
        #expect(fields.invalidName == nil)
        fields.append("B", value)
        fields.append("C", value)
        #expect(fields.invalidName == "B")
        var other = Fields()
        other.replace(.host, with: "aaaaaaaaaaaaaaaaaaaa" + value)
        #expect(other.invalidName == .host)
    }

    @Test("checks what is put together from static texts")
    func invalidStatic() {
        var fields = Fields()
        ForwardedFields.appendVia("pingora", to: &fields)
        #expect(fields.invalidName == nil)
        fields.remove(.via)
        ForwardedFields.appendVia("pingora\r\nX: 1", to: &fields)
        #expect(fields.invalidName == .via)
    }

    @Test("gives up what a long row of changes leaves behind")
    func compaction() {
        var fields = three
        let before = lines(fields)
        let large = String(repeating: "x", count: 100_000)
        fields.append("Large", large)
        for number in 0..<20_000 {
            fields.replace(.date, with: "\(number)")
            ForwardedFields.set(on: &fields, address: latin1("9.9.9.9").span, scheme: "http")
        }
        #expect(fields.bytes.count < 300_000)
        let added = [
            "X-Forwarded-For: 9.9.9.9", "X-Forwarded-Proto: http", "X-Forwarded-Host: a",
        ]
        #expect(lines(fields) == before + ["Large: \(large)", "Date: 19999"] + added)
        fields.removeAll()
        for number in 0..<20_000 { fields.replace(.date, with: "\(number)") }
        #expect(fields.bytes.count < 150_000)
        #expect(lines(fields) == ["Date: 19999"])
    }
}
