import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("HTTPExchange")
struct HTTPExchangeTests {
    /// What came of an exchange.
    private final class Outcome {
        var answer: HTTPAnswer?
        var error: HTTPExchangeError?
        var isOver: Bool { answer != nil || error != nil }
    }

    private static let sent =
        "GET /list HTTP/1.1\r\nConnection: close\r\nUser-Agent: pingora-lb\r\n"
        + "Host: 127.0.0.1:9000\r\n\r\n"

    private func exchange(
        _ request: RequestHead = RequestHead(method: .get, target: "/list"),
        maximumBytes: Int = 100, readsBody: Bool = true, with origin: SimulatedOrigin
    ) -> Outcome {
        let outcome = Unchecked(Outcome())
        let loop = origin.loop
        loop.spawn {
            do throws(HTTPExchangeError) {
                outcome.value.answer = try await HTTPExchange(
                    request, maximumBodyBytes: maximumBytes
                ).perform(
                    with: SimulatedOrigin.address, on: loop,
                    deadline: loop.now.advanced(by: .seconds(2)),
                    readingBodyIf: { _ in readsBody })
            } catch {
                outcome.value.error = error
            }
        }
        origin.run(seconds: 5) { outcome.value.isOver }
        return outcome.value
    }

    @Test(
        "returns status, fields and body",
        arguments: [
            ("length", "Content-Length: 2\r\n\r\nok", "ok"),
            ("chunks", "Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", "ok"),
            ("until close", "\r\nok", "ok"),
            ("nothing", "Content-Length: 0\r\n\r\n", ""),
        ])
    func answers(name: String, rest: String, body: String) throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            try SimulatedOrigin.run(seed: seed) { origin in
                origin.script = [
                    .receive(Self.sent),
                    .send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
                    .send("HTTP/1.1 404 Not Found\r\nETag: \"1\"\r\n" + rest), .finishSending,
                    .receiveEnd,
                ]
                let outcome = exchange(with: origin)
                origin.run(seconds: 1)
                let answer = try #require(outcome.answer)
                #expect(answer.head.status == .notFound)
                #expect(answer.head.fields[.etag] == "\"1\"")
                #expect(String(decoding: answer.body, as: UTF8.self) == body)
                #expect(answer.isWhole)
                #expect(origin.peers.compactMap(\.complaint) == [])
                #expect(origin.leftOpen == (0, 0))
            }
        }
    }

    @Test("says what a request without a body needs, and nothing that announces one")
    func request() throws {
        var request = RequestHead(method: .post, target: "/list")
        request.fields.append(.host, "a.example")
        request.fields.append(.userAgent, "me")
        request.fields.append(.expect, "100-continue")
        request.fields.append(.transferEncoding, "chunked")
        request.fields.append(.contentLength, "7")
        request.fields.append(.connection, "keep-alive")
        try SimulatedOrigin.run { origin in
            origin.script = [
                .receive(
                    "POST /list HTTP/1.1\r\nHost: a.example\r\nUser-Agent: me\r\n"
                        + "Connection: close\r\nContent-Length: 0\r\n\r\n"),
                .send("HTTP/1.1 204 No Content\r\n\r\n"),
            ]
            let answer = try #require(exchange(request, with: origin).answer)
            #expect(answer.head.status == .noContent && answer.isWhole)
            #expect(origin.peers.compactMap(\.complaint) == [])
        }
    }

    @Test("leaves a body alone beyond the limit, or where nobody wants it")
    func cut() throws {
        try SimulatedOrigin.run { origin in
            origin.script = [.send("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nabcdef")]
            let cut = try #require(exchange(maximumBytes: 4, with: origin).answer)
            #expect(cut.body == Array("abcd".utf8) && !cut.isWhole)
            #expect(cut.shownBody == "\"abcd\"")
            let unread = try #require(exchange(readsBody: false, with: origin).answer)
            #expect(unread.body.isEmpty && !unread.isWhole)
            #expect(origin.leftOpen == (0, 0))
        }
    }

    @Test("skips sixteen interim responses and no more", arguments: [16, 17])
    func interims(count: Int) throws {
        try SimulatedOrigin.run { origin in
            let interim = "HTTP/1.1 102 Processing\r\n\r\n"
            origin.script = [
                .send(String(repeating: interim, count: count) + "HTTP/1.1 200 OK\r\n\r\n"),
                .finishSending,
            ]
            let outcome = exchange(with: origin)
            #expect((outcome.answer != nil) == (count == 16))
            #expect(outcome.error == (count == 16 ? nil : .tooManyInterims(limit: 16)))
        }
    }

    @Test("sends no request that a field makes invalid")
    func invalid() throws {
        try SimulatedOrigin.run { origin in
            var request = RequestHead(method: .get, target: "/")
            request.fields.append(.host, "a\r\nb: c")
            let error = try #require(exchange(request, with: origin).error)
            #expect("\(error)" == "invalid request: field Host was set to an invalid value")
            #expect(origin.peers.allSatisfy { $0.endpoint.transcript.isEmpty })
            #expect(origin.leftOpen == (0, 0))
        }
    }

    @Test("escapes what it shows of a body")
    func escapes() {
        let answer = HTTPAnswer(
            head: ResponseHead(), body: Array("a\"\u{1b}[1m\n\u{e9}\u{202e}".utf8) + [0xff],
            isWhole: true)
        #expect(answer.shownBody == #""a\"\u{1B}[1m\n\u{00E9}\u{202E}\u{FFFD}""#)
    }
}
