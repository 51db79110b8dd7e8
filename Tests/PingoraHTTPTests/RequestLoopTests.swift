import Testing

@testable import PingoraHTTP

@Suite("RequestLoop")
struct RequestLoopTests {
    /// Lines of a head, and how often they name `pingora-lb`.
    static let table: [([String], Int)] = [
        ([], 0),
        (["Host: 1.1 pingora-lb"], 0),
        (["Via: 1.1 pingora-lb"], 1),
        (["Via: 1.0 Pingora-LB"], 1),
        (["Via: HTTP/1.1 pingora-lb"], 1),
        (["Via: 1.1 \t pingora-lb (a comment)"], 1),
        (["Via: 1.1 pingora-lb(a comment)"], 1),
        (["Via: 1.1 pingora-lb, 1.1 other, 1.1 pingora-lb"], 2),
        (["Via: 1.1 pingora-lb", "A: b", "via: 1.1 pingora-lb,1.1 pingora-lb"], 3),
        (["Via: ,, 1.1 pingora-lb ,"], 1),
        (["Via: "], 0),
        (["Via: pingora-lb"], 0),
        (["Via: 1.1 pingora-lb2, 1.1 xpingora-lb, 1.1 pingora"], 0),
        (["Via: 1.1 pingora-lb:80"], 0),
        (["Via: 1.1 other (pingora-lb)"], 0),
    ]

    @Test("counts how often a request has passed us", arguments: table)
    func counts(lines: [String], count: Int) {
        #expect(RequestLoop.passes(of: "pingora-lb", in: fields(lines)) == count)
    }

    @Test("counts what we add ourselves", arguments: [Version.http10, .http11])
    func own(version: Version) {
        var fields = Fields()
        for count in 1...20 {
            ForwardedFields.appendVia("pingora-lb", to: &fields, version: version)
            #expect(RequestLoop.passes(of: "pingora-lb", in: fields) == count)
        }
    }

    @Test("a list of 64 KiB is done in time", arguments: [",", "1.1 pingora-lb,", " ", "("])
    func long(member: String) {
        let list = String(repeating: member, count: 65_536 / member.utf8.count)
        let count = RequestLoop.passes(of: "pingora-lb", in: fields(["Via: " + list]))
        #expect(count == (member.contains("p") ? 4369 : 0))
    }
}
