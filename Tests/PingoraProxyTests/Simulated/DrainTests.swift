import Synchronization
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// A graceful stop, as the engine sees it.
@Suite("Draining the engine")
struct DrainTests {
    private func drain(_ proxy: SimulatedProxy) {
        proxy.loop.isDraining = true
        proxy.stop()
        proxy.worker.drain()
        proxy.pools.closeIdle(on: proxy.loop)
    }

    @Test("answers what is under way, says that it closes, and closes what is idle")
    func finishes() {
        for seed in 1...100 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                let proxy = try SimulatedProxy(PlainProxy(), on: kernel)
                proxy.originScripts = [
                    [
                        .receive(Texts.get()), .pause(seconds: 3), .send(Texts.ok("")),
                        .receiveEnd,
                    ]
                ]
                // The first falls silent and is parked; the second waits for its response.
                try proxy.client([.pause(seconds: 2), .receiveEnd])
                try proxy.client([
                    .send(Texts.get()), .receive(Texts.ok("", "Connection: close\r\n")),
                    .receiveEnd,
                ])
                proxy.run(seconds: 2)
                drain(proxy)
                proxy.run(seconds: 2)
                #expect(proxy.complaints.isEmpty, "seed \(seed)")
                #expect(proxy.loop.connectionCount.load(ordering: .relaxed) == 0, "seed \(seed)")
            }
        }
    }

    @Test("leaves a client that sends its request meanwhile with an answer, not with a cut")
    func lateHead() {
        for seed in 1...100 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                let proxy = try SimulatedProxy(PlainProxy(), on: kernel)
                proxy.originScripts = [[.receive(Texts.get()), .send(Texts.ok(""))]]
                let head = Texts.get()
                try proxy.client([
                    .send(String(head.prefix(10))), .pause(seconds: 3),
                    .send(String(head.dropFirst(10))),
                    .receive(Texts.ok("", "Connection: close\r\n")), .receiveEnd,
                ])
                proxy.run(seconds: 1)
                proxy.loop.isDraining = true
                proxy.worker.drain()
                proxy.run(seconds: 10)
                #expect(proxy.complaints.isEmpty, "seed \(seed)")
                #expect(proxy.leaks().isEmpty, "seed \(seed)")
                proxy.stop()
            }
        }
    }

    @Test("answers a client that another loop accepted and hands over late")
    func lateHandOver() {
        simulate(seed: 1) { kernel in
            let proxy = try SimulatedProxy(PlainProxy(), on: kernel)
            proxy.originScripts = [[.receive(Texts.get()), .send(Texts.ok(""))]]
            proxy.loop.isDraining = true
            try proxy.client([
                .send(Texts.get()), .receive(Texts.ok("", "Connection: close\r\n")),
                .receiveEnd,
            ])
            proxy.run(seconds: 10)
            #expect(proxy.complaints.isEmpty)
            #expect(proxy.leaks().isEmpty)
            proxy.stop()
        }
    }
}
