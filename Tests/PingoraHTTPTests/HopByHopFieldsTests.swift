import Testing

@testable import PingoraHTTP

/// Fields from lines written `Name: value`.
func fields(_ lines: [String]) -> Fields {
    var fields = Fields()
    for line in lines {
        let colon = line.firstIndex(of: ":") ?? line.endIndex
        let value = line[colon...].dropFirst().drop { $0 == " " }
        guard let name = FieldName(String(line[..<colon])) else {
            Issue.record("not a name: \(line)")
            continue
        }
        fields.append(name, String(value))
    }
    return fields
}

/// `Name: value` of every line.
func lines(_ fields: borrowing Fields) -> [String] {
    fields.all.map { "\($0.name): \($0.value)" }
}

@Suite("HopByHopFields")
struct HopByHopFieldsTests {
    /// Lines before and after.
    static let table: [([String], [String])] = [
        ([], []),
        (["A: b", "Host: a"], ["A: b", "Host: a"]),
        (["Connection: close"], []),
        (["A: 1", "Connection: close", "B: 2"], ["A: 1", "B: 2"]),
        (["Keep-Alive: 5", "A: 1", "Proxy-Connection: x", "TE: trailers"], ["A: 1"]),
        (["Transfer-Encoding: chunked", "Upgrade: foo", "A: 1"], ["A: 1"]),
        (["HTTP2-Settings: x", "Proxy-Authenticate: x", "Proxy-Authorization: y"], []),
        (["Connection: x-a", "X-A: 1", "x-a: 2", "X-B: 3"], ["X-B: 3"]),
        (["X-A: 1", "X-B: 2", "Connection: X-b , x-A"], []),
        (["X-A: 1", "Connection: x-b", "X-B: 2", "Connection: x-a"], []),
        (["Connection: ,,x-a,,", "X-A: 1"], []),
        (["Connection: accept, x-forwarded-for", "Accept: a", "X-Forwarded-For: b"], []),
        (["Connection: x-a, x-ab, y-a", "X-A: 1", "X-AB: 2", "X-B: 3"], ["X-B: 3"]),
        (["Connection: x", "X-A: 1"], ["X-A: 1"]),
        (["Connection: x-a-b", "X-A: 1"], ["X-A: 1"]),
        (["Connection: close", "Close: 1"], ["Close: 1"]),
        (["Connection: Host", "Host: a"], ["Host: a"]),
        (["Connection: content-length", "Content-Length: 1"], ["Content-Length: 1"]),
        (["Connection: content-type", "Content-Type: a"], ["Content-Type: a"]),
        (["Connection: authorization", "Authorization: a"], ["Authorization: a"]),
        (["Connection: cookie, set-cookie", "Cookie: a"], ["Cookie: a"]),
        (["Connection: cache-control", "Cache-Control: a"], ["Cache-Control: a"]),
        (["Trailer: A", "Via: 1.1 x"], ["Trailer: A", "Via: 1.1 x"]),
    ]

    @Test("removes what concerns one connection only", arguments: table)
    func removes(before: [String], after: [String]) {
        var fields = fields(before)
        HopByHopFields.remove(from: &fields)
        #expect(lines(fields) == after)
        #expect(!fields.contains(.connection) && !fields.contains(.te))
    }

    @Test("does not remove what is added afterwards")
    func addedLater() {
        var fields = fields(["Connection: x-forwarded-for, x-a", "X-Forwarded-For: b"])
        HopByHopFields.remove(from: &fields)
        fields.append(.xForwardedFor, "c")
        fields.append("X-A", "1")
        #expect(lines(fields) == ["X-Forwarded-For: c", "X-A: 1"])
        #expect(fields[.xForwardedFor] == "c")
    }

    @Test("searches for 32 names of a sender's own, and not more", arguments: [31, 32, 33])
    func bounded(count: Int) {
        let names = (0..<count).map { "x-\($0)" }
        let list = "Connection: " + names.joined(separator: ",")
        var fields = fields([list] + names.map { "\($0): a" })
        HopByHopFields.remove(from: &fields)
        #expect(fields.count == max(0, count - 32))
    }

    @Test("a list of 64 KiB is done in time")
    func long() {
        let list = String(repeating: "a,", count: 32_768)
        var fields = fields(["Connection: " + list, "A: 1", "B: 2"])
        HopByHopFields.remove(from: &fields)
        #expect(lines(fields) == ["B: 2"])
    }

    static let upgrades: [([String], Bool)] = [
        ([], false),
        (["Connection: upgrade", "Upgrade: websocket"], true),
        (["Connection: Keep-Alive, Upgrade", "Upgrade: websocket"], true),
        (["Upgrade: websocket"], false),
        (["Connection: upgrade"], false),
        (["Connection: upgrade", "Upgrade:"], false),
        (["Connection: upgrade", "Upgrade:", "Upgrade: websocket"], true),
        (["Connection: upgraded", "Upgrade: websocket"], false),
        (["Connection: upgrade, http2-settings", "Upgrade: h2c"], false),
        (["Connection: upgrade", "Upgrade: websocket, H2C"], false),
        (["Connection: upgrade", "Upgrade: websocket", "Upgrade: h2c"], false),
    ]

    @Test("knows an upgrade", arguments: upgrades)
    func isUpgrade(lines: [String], isExpected: Bool) {
        var head = RequestHead(method: .get, target: "/")
        head.fields = fields(lines)
        #expect(HopByHopFields.isUpgrade(head) == isExpected)
        head.version = .http10
        #expect(!HopByHopFields.isUpgrade(head))
    }

    @Test("puts back what asks for an upgrade")
    func copies() {
        let source = fields(["Connection: upgrade, x-a", "Upgrade: a", "X-A: 1", "Upgrade: b"])
        var target = source
        HopByHopFields.remove(from: &target)
        #expect(lines(target) == [])
        HopByHopFields.copyUpgrade(from: source, to: &target)
        #expect(lines(target) == ["Upgrade: a", "Upgrade: b", "Connection: upgrade"])
    }
}
