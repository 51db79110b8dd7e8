import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("HTTPDiscovery")
struct HTTPDiscoveryTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var address = SimulatedOrigin.address
        var script: [ScriptStep] = []
        /// The ports of what is found, or why nothing is.
        let outcome: Result<[UInt16], DiscoveryError>
        var testDescription: String { name }

        init(
            _ name: String, to address: SocketAddress = SimulatedOrigin.address,
            _ script: [ScriptStep] = [], finds ports: [UInt16]
        ) {
            (self.name, self.address, self.script) = (name, address, script)
            outcome = .success(ports)
        }

        init(
            _ name: String, to address: SocketAddress = SimulatedOrigin.address,
            _ script: [ScriptStep] = [], fails reason: String
        ) {
            (self.name, self.address, self.script) = (name, address, script)
            outcome = .failure(DiscoveryError("http \(address)/list: \(reason)"))
        }
    }

    private static let asked = ScriptStep.receive(
        "GET /list?dc=1 HTTP/1.1\r\nHost: 127.0.0.1:9000\r\nAccept: application/json\r\n"
            + "Connection: close\r\nUser-Agent: pingora-lb\r\n\r\n")
    private static let head = "HTTP/1.1 200 OK\r\n"
    private static let json =
        #"{"backends":[{"address":"127.0.0.1:1","weight":2},{"address":"127.0.0.1:2"}]}"#
    private static let length = "Content-Length: \(json.utf8.count)\r\n\r\n"

    private static func answer(_ text: String, padding: Int = 0) -> ScriptStep {
        let body = text + String(repeating: " ", count: padding)
        return .send(head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
    }

    static let rows = [
        Row("a list", [asked, .send(head + length + json)], finds: [1, 2]),
        Row("a list until the end", [asked, .send(head + "\r\n" + json), .close], finds: [1, 2]),
        Row(
            "a list in chunks",
            [
                asked,
                .send(
                    head + "Transfer-Encoding: chunked\r\n\r\n"
                        + json.utf8.map { "1\r\n\(Character(Unicode.Scalar($0)))\r\n" }.joined()
                        + "0\r\n\r\n"),
            ], finds: [1, 2]),
        Row("1 MiB", [asked, answer(json, padding: 1_048_576 - json.utf8.count)], finds: [1, 2]),
        Row(
            "more than 1 MiB", [asked, answer(json, padding: 1_048_577 - json.utf8.count)],
            fails: "body longer than 1048576 bytes"),
        Row(
            "an endless body",
            [asked, .send(head + "\r\n" + String(repeating: " ", count: 2_000_000))],
            fails: "body longer than 1048576 bytes"),
        Row("an empty list", [asked, answer(#"{"backends": []}"#)], fails: "no backends"),
        Row("no body", [asked, answer("")], fails: "no JSON: unexpected end at offset 0"),
        Row(
            "half a list", [asked, .send(head + length + json.prefix(20)), .close],
            fails: "connection closed before the end of the answer's body"),
        Row(
            "a Unix socket", [asked, answer(#"{"backends": [{"address": "unix:/a"}]}"#)],
            fails: "backends[0].address: a Unix socket from a server on the network"),
        Row(
            "an error", [asked, .send("HTTP/1.1 503 No\r\n" + length + json)],
            fails: "status 503, expected 200"),
        Row(
            "another success", [asked, .send("HTTP/1.1 203 Maybe\r\n" + length + json)],
            fails: "status 203, expected 200"),
        Row(
            "a redirect", [asked, .send("HTTP/1.1 302 Found\r\nLocation: /b\r\n" + length + json)],
            fails: "status 302, expected 200"),
        Row(
            "garbage", [asked, .send("SSH-2.0-OpenSSH\r\n")],
            fails: "malformed answer: invalid HTTP version at offset 0"),
        Row("silence", [asked, .pause(seconds: 60)], fails: "no answer in time"),
        Row(
            "a list that drips", [asked, .send(head + length), .drip("{")],
            fails: "no answer in time"),
        Row("nobody", to: SimulatedOrigin.silentAddress, fails: "no answer in time"),
        Row(
            "a refusal", to: SimulatedOrigin.deadAddress,
            fails: "connect: connection refused (ECONNREFUSED)"),
    ]

    private func discover(
        _ discovery: HTTPDiscovery, on origin: SimulatedOrigin
    ) throws -> Result<DiscoveredBackends, DiscoveryError> {
        final class Outcome {
            var result: Result<DiscoveredBackends, DiscoveryError>?
        }
        let outcome = Unchecked(Outcome())
        let loop = origin.loop
        loop.spawn {
            do throws(DiscoveryError) {
                outcome.value.result = .success(try await discovery.discover(on: loop))
            } catch {
                outcome.value.result = .failure(error)
            }
        }
        origin.run(seconds: 6) { outcome.value.result != nil }
        return try #require(outcome.value.result)
    }

    @Test("finds backends or says why not, in time, and leaves nothing open", arguments: rows)
    func finds(row: Row) throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            try SimulatedOrigin.run(seed: seed) { origin in
                origin.script = row.script
                let result = try discover(
                    HTTPDiscovery(row.address, path: "/list?dc=1"), on: origin)
                #expect(result.map { $0.backends.map(\.address.port) } == row.outcome)
                origin.run(seconds: 0.5)
                #expect(origin.peers.compactMap(\.failure) == [])
                #expect(origin.leftOpen == (0, 0))
            }
        }
    }

    @Test("asks as it is told")
    func request() throws {
        var discovery = HTTPDiscovery(SimulatedOrigin.address, path: "/v1")
        discovery.fields.append(.authorization, "Bearer 1")
        discovery.fields.append(.accept, "application/vnd.a+json")
        discovery.fields.append(.userAgent, "me")
        discovery.fields.append(.host, "b.example")
        for host in [nil, "a.example"] {
            discovery.host = host
            try SimulatedOrigin.run { origin in
                origin.script = [
                    .receive(
                        "GET /v1 HTTP/1.1\r\nHost: \(host ?? "b.example")\r\n"
                            + "Authorization: Bearer 1\r\nAccept: application/vnd.a+json\r\n"
                            + "User-Agent: me\r\nConnection: close\r\n\r\n"),
                    Self.answer(Self.json),
                ]
                let found = try discover(discovery, on: origin).get()
                #expect(found.backends.map(\.weight) == [2, 1])
                #expect(origin.peers.compactMap(\.complaint) == [])
            }
        }
    }

    @Test("waits for as long as it is told", arguments: [0.5, 3])
    func timeout(seconds: Double) throws {
        try SimulatedOrigin.run { origin in
            origin.script = [.pause(seconds: 60)]
            var discovery = HTTPDiscovery(SimulatedOrigin.address, path: "/")
            discovery.timeout = .seconds(seconds)
            let begin = origin.kernel.now
            let result = try discover(discovery, on: origin)
            #expect(throws: DiscoveryError.self) { try result.get() }
            // A loop's deadlines are up to 100 ms late.
            let waited = Double(origin.kernel.now - begin) / 1e9
            #expect(waited > seconds - 0.1 && waited < seconds + 0.2)
        }
    }

    @Test("may name Unix sockets where it is one itself")
    func unix() throws {
        let body = Array(#"{"backends": [{"address": "unix:/a"}]}"#.utf8)
        let answer = HTTPAnswer(head: ResponseHead(status: .ok), body: body, isWhole: true)
        let local = HTTPDiscovery(.unix("/run/agent.sock"), path: "/")
        #expect(try local.backends(of: answer).map(\.label) == ["unix:/a"])
        let remote = HTTPDiscovery(SimulatedOrigin.address, path: "/")
        #expect(throws: DiscoveryError.self) { try remote.backends(of: answer) }
    }
}
