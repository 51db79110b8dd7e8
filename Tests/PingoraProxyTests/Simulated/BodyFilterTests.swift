import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// Filters that change bodies, and what that does to their framing.
@Suite("Filters of bodies")
struct BodyFilterTests {
    /// Puts every byte in upper case and a word behind the end.
    private struct Shouting: ProxyHttp {
        /// Whether the filters of the heads take the length away, as they must.
        let dropsLength: Bool
        var shoutsUp = true

        func upstreamPeer(_ session: borrowing Session, _ context: inout Void) -> HTTPPeer {
            HTTPPeer(SimulatedProxy.originAddress)
        }

        func upstreamRequestFilter(
            _ session: borrowing Session, _ request: inout RequestHead, _ context: inout Void
        ) {
            if dropsLength { request.fields.remove(.contentLength) }
        }

        func requestBodyFilter(
            _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
            _ context: inout Void
        ) {
            if shoutsUp { shout(&chunk, isEnd) }
        }

        func responseFilter(
            _ session: borrowing Session, _ response: inout ResponseHead, _ context: inout Void
        ) {
            if dropsLength { response.fields.remove(.contentLength) }
        }

        func responseBodyFilter(
            _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
            _ context: inout Void
        ) -> Duration? {
            shout(&chunk, isEnd)
            return nil
        }

        private func shout(_ chunk: inout BodyChunk, _ isEnd: Bool) {
            let upper = chunk.bytes.map { 97...122 ~= $0 ? $0 - 32 : $0 }
            chunk.replace(with: isEnd ? upper + Array("END".utf8) : upper)
        }
    }

    private func check(
        _ shouting: Shouting, _ client: [ScriptStep], _ origin: [ScriptStep]
    ) {
        for seed in 1...100 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                let proxy = try SimulatedProxy(shouting, on: kernel)
                proxy.originScripts = [origin]
                try proxy.client(client)
                proxy.run()
                #expect(proxy.complaints.isEmpty, "seed \(seed)")
                #expect(proxy.leaks().isEmpty, "seed \(seed)")
                proxy.stop()
            }
        }
    }

    private static let long = Texts.bulk(20_000)
    private static let loud = long.uppercased()

    @Test("send what they made of a body, in chunks")
    func chunks() {
        let request = Texts.post("/", "Content-Length: 20000\r\n") + Self.long
        check(
            Shouting(dropsLength: true),
            [
                .send(request), .receive(Texts.chunkedHead), .receiveChunked(Self.loud + "END"),
                .send(Texts.post("/", "Content-Length: 1\r\n") + "x"),
                .receive(Texts.chunkedHead), .receiveChunked("YEND"),
            ],
            [
                .receive(Texts.post("/", "Transfer-Encoding: chunked\r\n")),
                .receiveChunked(Self.loud + "END"), .send(Texts.ok(Self.long)),
                .receive(Texts.post("/", "Transfer-Encoding: chunked\r\n")),
                .receiveChunked("XEND"), .send(Texts.ok("y")),
            ])
    }

    @Test("cut a response that grows beyond the length it announced")
    func length() {
        check(
            Shouting(dropsLength: false, shoutsUp: false),
            [.send(Texts.get("/")), .receiveCut(of: Texts.ok("HELLO"))],
            [.receive(Texts.get("/")), .send(Texts.ok())])
    }

    @Test("answer at once for a request that grows beyond the length it announced")
    func requestLength() {
        // The connection to the origin may end in either way.
        check(
            Shouting(dropsLength: false),
            [
                .send(Texts.post("/", "Content-Length: 5\r\n") + "hello"),
                .receive(Texts.failure("500 Internal Server Error")), .receiveEnd,
            ],
            [.pause(seconds: 1)])
    }
}
