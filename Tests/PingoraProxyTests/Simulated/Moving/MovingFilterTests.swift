import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// What filters know of a request can't move.
@Suite("Moving with filters")
struct MovingFilterTests {
    @Test("leaves a request where its filters are, but lets idle clients go")
    func stays() throws {
        for seed in 1...50 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                let proxy = try SimulatedProxy(FilteringProxy(), on: kernel)
                let worker = try #require(proxy.worker as? ProxyWorker<FilteringProxy>)
                let process = SimulatedProcess(of: proxy, running: worker)
                proxy.originScripts = [
                    [.receive(Texts.get()), .pause(seconds: 9), .send(Texts.ok()), .receiveEnd]
                ]
                try proxy.client([.send(Texts.get()), .receive(Texts.ok()), .receiveEnd])
                try proxy.client([.pause(seconds: 30), .receiveEnd])
                proxy.run(seconds: 4)
                process.depart(includingRequests: true)
                proxy.run(seconds: 2)
                #expect(try kinds(process.takeDeparted()) == ["client"], "seed \(seed)")
                proxy.run(seconds: 6)
                #expect(try kinds(process.takeDeparted()) == ["client"], "seed \(seed)")
                #expect(proxy.clients[0].endpoint.received.isEmpty, "seed \(seed)")
                #expect(process.remains.isEmpty, "seed \(seed)")
                proxy.stop()
            }
        }
    }

    private func kinds(_ connections: [ConnectionInTransit]) -> [String] {
        connections.map { connection in
            switch connection.content {
            case .client: "client"
            case .exchange: "exchange"
            }
        }
    }
}
