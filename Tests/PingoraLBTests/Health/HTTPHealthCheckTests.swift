import PingoraHTTP
import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("HTTPHealthCheck")
struct HTTPHealthCheckTests {
    @Test(
        "judges the status",
        arguments: [
            (200, [200...200], nil),
            (204, [200...299], nil),
            (404, [200...299, 404...404], nil),
            (503, [200...200], "status 503, expected 200"),
            (301, [200...299, 404...404], "status 301, expected 200-299 or 404"),
            (101, [200...200], "status 101, expected 200"),
        ] as [(Int, [ClosedRange<UInt16>], String?)])
    func statuses(code: Int, expected: [ClosedRange<UInt16>], objection: String?) throws {
        var check = HTTPHealthCheck()
        check.expectedStatuses = expected
        let status = try #require(StatusCode(code))
        let answer = HTTPAnswer(head: ResponseHead(status: status), body: [], isWhole: true)
        #expect(check.objection(to: answer) == objection)
    }

    @Test(
        "judges the body",
        arguments: [
            ("all is ok here", true, "ok", nil),
            ("ok", true, "ok", nil),
            ("ook", true, "ok", nil),
            ("o", true, "", nil),
            ("", true, "", nil),
            ("", true, "ok", #"empty body, expected "ok""#),
            ("o", true, "ok", #"body without "ok", it begins with "o""#),
            ("down\n", true, "ok", #"body without "ok", it begins with "down\n""#),
            ("o", false, "ok", #"body without "ok" in its first 64 KiB"#),
        ])
    func bodies(body: String, isWhole: Bool, expected: String, objection: String?) {
        var check = HTTPHealthCheck()
        check.expectedBody = expected
        let answer = HTTPAnswer(
            head: ResponseHead(status: .ok), body: Array(body.utf8), isWhole: isWhole)
        #expect(check.objection(to: answer) == objection)
    }

    @Test("asks for its path, Host first, with its own name")
    func plainRequest() {
        let head = HTTPHealthCheck(path: "/up?x=1").request(to: SimulatedOrigin.address)
        #expect(head.method == .get && head.target == "/up?x=1")
        #expect(
            head.fields.all.map { "\($0.name): \($0.value)" } == [
                "Host: 127.0.0.1:9000", "User-Agent: pingora-lb-health-check",
            ])
        #expect(HTTPHealthCheck().request(to: .unix("/a")).fields[.host] == "localhost")
    }

    @Test("asks as it is told")
    func customRequest() {
        var check = HTTPHealthCheck()
        check.method = .head
        check.fields.append("X-Probe", "1")
        check.fields.append(.userAgent, "me")
        check.fields.append(.host, "b.example")
        #expect(check.request(to: SimulatedOrigin.address).fields[.host] == "b.example")
        check.host = "a.example"
        let head = check.request(to: SimulatedOrigin.address)
        #expect(head.method == .head)
        #expect(
            head.fields.all.map { "\($0.name): \($0.value)" } == [
                "Host: a.example", "X-Probe: 1", "User-Agent: me",
            ])
    }

    @Test(
        "asks at its own port",
        arguments: [
            ("127.0.0.1:80", "127.0.0.1:81"), ("[::1]:80", "[::1]:81"), ("unix:/a", "unix:/a"),
        ])
    func port(backend: String, asked: String) throws {
        var check = HTTPHealthCheck()
        let backend = try Backend(parsing: backend)
        #expect(check.address(of: backend) == backend.address)
        check.port = 81
        #expect(check.address(of: backend).description == asked)
    }
}
