import Testing

@testable import PingoraHTTP

@Suite("ForwardedFields")
struct ForwardedFieldsTests {
    private func set(_ before: [String], trust: ForwardedFields.Trust) -> [String] {
        var fields = fields(before)
        let address = latin1("9.9.9.9")
        ForwardedFields.set(on: &fields, address: address.span, scheme: "https", trust: trust)
        return lines(fields)
    }

    private static let ours = ["X-Forwarded-For: 9.9.9.9", "X-Forwarded-Proto: https"]

    /// Lines before and after.
    static let overwritten: [([String], [String])] = [
        ([], ours),
        (["Host: a"], ["Host: a"] + ours + ["X-Forwarded-Host: a"]),
        (["X-Forwarded-For: 127.0.0.1"], ours),
        (["x-forwarded-for: 1", "A: b", "X-FORWARDED-FOR: 2"], [ours[0], "A: b", ours[1]]),
        (["X-Forwarded-Proto: ftp", "X-Forwarded-Proto: b"], [ours[1], ours[0]]),
        (["X-Forwarded-Host: evil"], ours),
        (["Forwarded: for=127.0.0.1", "A: b"], ["A: b"] + ours),
        (["X-Real-IP: 127.0.0.1", "x_real_ip: 1", "X-Real-IP2: 1"], ["X-Real-IP2: 1"] + ours),
        (["X-Forwarded-Prefix: /admin", "X-Forwarded-Port: 1", "X-Forwarded-: 1"], ours),
        (["X_Forwarded_For: 127.0.0.1", "x_forwarded-host: evil"], ours),
        (["X-Forwardedness: 1", "X-Forwarde: 2"], ["X-Forwardedness: 1", "X-Forwarde: 2"] + ours),
        (["X-Forwarded-Host: evil", "Host: a"], ["X-Forwarded-Host: a", "Host: a"] + ours),
    ]

    @Test("throws away what a stranger sent", arguments: overwritten)
    func overwrites(before: [String], after: [String]) {
        #expect(set(before, trust: .overwrite) == after)
    }

    static let appended: [([String], [String])] = [
        ([], ours),
        (["X-Forwarded-For: 1.1.1.1"], ["X-Forwarded-For: 1.1.1.1, 9.9.9.9", ours[1]]),
        (["X-Forwarded-For: 1, 2"], ["X-Forwarded-For: 1, 2, 9.9.9.9", ours[1]]),
        (
            ["X-Forwarded-For: 1", "X-Forwarded-For: 2"],
            ["X-Forwarded-For: 1, 2, 9.9.9.9", ours[1]]
        ),
        (["X-Forwarded-For:"], ours),
        (["Forwarded: for=1", "X-Real-IP: 1"], ["Forwarded: for=1", "X-Real-IP: 1"] + ours),
        (["X-Forwarded-Proto: http"], ["X-Forwarded-Proto: http", ours[0]]),
        (["X-Forwarded-Host: b", "Host: a"], ["X-Forwarded-Host: b", "Host: a"] + ours),
    ]

    @Test("adds to what a proxy of ours sent", arguments: appended)
    func appends(before: [String], after: [String]) {
        #expect(set(before, trust: .append) == after)
    }

    static let vias: [([String], [String])] = [
        ([], ["Via: 1.1 pingora"]),
        (["Via: 1.0 a"], ["Via: 1.0 a, 1.1 pingora"]),
        (["Via: 1.0 a", "A: b", "via: 1.1 c"], ["Via: 1.0 a, 1.1 c, 1.1 pingora", "A: b"]),
    ]

    @Test("says in Via which version a request came in")
    func version() {
        var fields = fields(["Via: 1.1 a"])
        ForwardedFields.appendVia("pingora", to: &fields, version: .http10)
        #expect(lines(fields) == ["Via: 1.1 a, 1.0 pingora"])
        var first = Fields()
        let made = ForwardedLines(
            address: Array("1.2.3.4".utf8).span, scheme: "http", via: "pingora")
        made.add(to: &first, version: .http10, trust: .overwrite)
        #expect(first[.via] == "1.0 pingora")
        #expect(first[.xForwardedFor] == "1.2.3.4")
    }

    @Test("adds itself to Via", arguments: vias)
    func via(before: [String], after: [String]) {
        var fields = fields(before)
        ForwardedFields.appendVia("pingora", to: &fields)
        #expect(lines(fields) == after)
    }
}
