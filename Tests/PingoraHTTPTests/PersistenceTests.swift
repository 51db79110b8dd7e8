import Testing

@testable import PingoraHTTP

@Suite("Persistence")
struct PersistenceTests {
    /// The Connection lines, and whether HTTP/1.1 and HTTP/1.0 go on.
    static let table: [([String], Bool, Bool)] = [
        ([], true, false),
        ([""], true, false),
        (["close"], false, false),
        (["Close"], false, false),
        (["CLOSE"], false, false),
        (["keep-alive"], true, true),
        (["Keep-Alive"], true, true),
        (["keep-alive, close"], false, false),
        (["close, keep-alive"], false, false),
        (["keep-alive", "close"], false, false),
        (["upgrade"], true, false),
        (["upgrade, keep-alive"], true, true),
        (["upgrade,close"], false, false),
        ([",,close,,"], false, false),
        ([" \t close \t "], false, false),
        (["closed"], true, false),
        (["not-close"], true, false),
        (["clos"], true, false),
        (["close;a"], true, false),
        (["keep alive"], true, false),
        (["x", "y", "Keep-alive"], true, true),
    ]

    @Test("goes on unless told otherwise", arguments: table)
    func allows(lines: [String], new: Bool, old: Bool) {
        var fields = Fields()
        for line in lines { fields.append(.connection, line) }
        #expect(Persistence.allows(fields, version: .http11) == new)
        #expect(Persistence.allows(fields, version: .http10) == old)
    }

    @Test("looks at no other field")
    func others() {
        var fields = Fields()
        fields.append(.proxyConnection, "close")
        fields.append(.keepAlive, "close")
        fields.append("X-Connection", "close")
        #expect(Persistence.allows(fields, version: .http11))
        fields.append(.connection, "close")
        fields.remove(.connection)
        #expect(Persistence.allows(fields, version: .http11))
    }
}
