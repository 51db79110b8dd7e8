import PingoraCore
import TestSupport
import Testing

@testable import PingoraProxy

/// A pooled connection whose server closes it in the moment in which it is used again.
@Suite("A dead pooled connection")
struct DeadPooledConnectionTests {
    /// A first request fills the pool; the origin hangs up after the second has come and before
    /// the proxy's loop hears of it.
    private func run(
        _ second: String, expecting answer: String, origins: [[ScriptStep]],
        on kernel: SimulatedKernel
    ) throws -> [String] {
        kernel.cutsShort = false
        let proxy = try SimulatedProxy(PlainProxy(), on: kernel)
        proxy.originScripts = [[.receive(Texts.get("/1")), .send(Texts.ok("one"))]]
        let client = try proxy.client([
            .send(Texts.get("/1")), .receive(Texts.ok("one")), .pause(seconds: 1),
        ])
        proxy.run()
        proxy.originScripts += origins
        client.then([.send(second)])
        // The request arrives in this turn; its task runs in the next one.
        proxy.turn()
        proxy.originPeers[0].endpoint.close()
        client.then([.receive(answer)])
        proxy.run()
        let complaints = proxy.complaints + proxy.leaks()
        proxy.stop()
        return complaints
    }

    @Test("is replaced without the client noticing, for a GET")
    func get() {
        for seed in 1...50 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                let complaints = try run(
                    Texts.get("/2"), expecting: Texts.ok("two"),
                    origins: [[.receive(Texts.get("/2")), .send(Texts.ok("two"))]], on: kernel)
                #expect(complaints.isEmpty, "seed \(seed)")
            }
        }
    }

    @Test("fails a POST that was sent, and sends it to nobody else")
    func post() {
        let post = Texts.post("/2", "Content-Length: 5\r\n") + "hello"
        for seed in 1...50 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                let complaints = try run(
                    post, expecting: Texts.failure("502 Bad Gateway"), origins: [], on: kernel)
                #expect(complaints.isEmpty, "seed \(seed)")
            }
        }
    }

    @Test("fails a request whose chunked body has ended, since its end can't be read again")
    func emptyChunkedBody() {
        let put =
            "PUT /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        for seed in 1...50 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                let complaints = try run(
                    put, expecting: Texts.failure("502 Bad Gateway"), origins: [], on: kernel)
                #expect(complaints.isEmpty, "seed \(seed)")
            }
        }
    }
}
