import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// What is left of a request body never becomes the next request.
@Suite("An unread body")
struct UnreadBodyTests {
    /// Refuses a request for what its body holds.
    private struct Refusing: ProxyHttp {
        func upstreamPeer(_ session: borrowing Session, _ context: inout Void) -> HTTPPeer {
            HTTPPeer(SimulatedProxy.originAddress)
        }

        func requestBodyFilter(
            _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
            _ context: inout Void
        ) throws {
            throw ProxyError.status(.forbidden)
        }
    }

    @Test("ends the connection where a filter refuses the last piece of it")
    func refusal() {
        let body = Texts.get("/evil")
        let post = Texts.post("/", "Content-Length: \(body.utf8.count)\r\n") + body
        for seed in 1...50 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                kernel.cutsShort = false
                let proxy = try SimulatedProxy(Refusing(), on: kernel)
                proxy.originScripts = [[.receiveEnd]]
                try proxy.client([
                    .send(post), .receive(Texts.failure("403 Forbidden")), .receiveEnd,
                ])
                proxy.run()
                let complaints = proxy.complaints
                #expect(complaints.isEmpty, "seed \(seed): \(complaints)")
                proxy.stop()
            }
        }
    }
}
