import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// Clients between two requests, and requests that filters keep.
@Suite("Moving clients")
struct MovingClientTests {
    @Test("leaves a request where its filters are, but lets idle clients go")
    func stays() throws {
        for seed in 1...50 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                let proxy = try SimulatedProxy(FilteringProxy(), on: kernel)
                let worker = try #require(proxy.worker as? ProxyWorker<FilteringProxy>)
                let process = SimulatedProcess(of: proxy, running: worker)
                proxy.originScripts = [
                    [.receive(Texts.get()), .pause(seconds: 50), .send(Texts.ok()), .receiveEnd]
                ]
                try proxy.client([.send(Texts.get()), .receive(Texts.ok()), .receiveEnd])
                try proxy.client([.pause(seconds: 200), .receiveEnd])
                proxy.run(seconds: 30)
                process.depart(includingRequests: true)
                proxy.run(seconds: 2)
                #expect(try idleSeconds(process.takeDeparted()) == [30], "seed \(seed)")
                proxy.run(seconds: 50)
                // It has not been idle for the 50 seconds that its answer took.
                let idle = try idleSeconds(process.takeDeparted())
                #expect(idle == [0], "seed \(seed)")
                #expect(process.remains.isEmpty, "seed \(seed)")
                proxy.stop()
            }
        }
    }

    @Test("keeps a response whose Connection lists trailers: nobody else would know which ones")
    func listedTrailers() throws {
        let listing =
            "HTTP/1.1 200 OK\r\n\(Texts.date)Connection: x-sum\r\nTransfer-Encoding: chunked\r\n"
        for seed in 1...50 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                let proxy = try SimulatedProxy(PlainProxy(), on: kernel)
                let worker = try #require(proxy.worker as? ProxyWorker<PlainProxy>)
                let process = SimulatedProcess(of: proxy, running: worker)
                proxy.originScripts = [
                    [
                        .receive(Texts.get()), .send(listing + "\r\n1\r\nx\r\n"),
                        .pause(seconds: 20), .send("0\r\nX-Sum: 1\r\n\r\n"), .receiveEnd,
                    ]
                ]
                try proxy.client([
                    .send(Texts.get()), .receive(Texts.chunkedHead), .receiveChunked("x"),
                    .receiveEnd,
                ])
                proxy.run(seconds: 10)
                process.depart(includingRequests: true)
                proxy.run(seconds: 5)
                #expect(try idleSeconds(process.takeDeparted()) == [], "seed \(seed)")
                proxy.run(seconds: 50)
                #expect(try idleSeconds(process.takeDeparted()) == [0], "seed \(seed)")
                #expect(process.remains.isEmpty, "seed \(seed)")
                proxy.stop()
            }
        }
    }

    @Test("knows nothing of earlier clients where a new one goes at once")
    func newcomer() throws {
        simulate(seed: 1) { kernel in
            let proxy = try SimulatedProxy(PlainProxy(), on: kernel)
            let worker = try #require(proxy.worker as? ProxyWorker<PlainProxy>)
            let process = SimulatedProcess(of: proxy, running: worker)
            proxy.originScripts = [[.receive(Texts.get()), .send(Texts.ok())]]
            try proxy.client([
                .send(Texts.get()), .receive(Texts.ok()), .close, .pause(seconds: 200),
            ])
            proxy.run(seconds: 100)
            process.depart(includingRequests: true)
            try proxy.client([.receiveEnd])
            proxy.run(seconds: 2)
            #expect(try idleSeconds(process.takeDeparted()) == [0])
            proxy.stop()
        }
    }

    /// For how many whole seconds each client has been idle; -1 for what is no client.
    private func idleSeconds(_ connections: [ConnectionInTransit]) -> [Int64] {
        connections.map { connection in
            switch connection.content {
            case .client(let client): client.idle.nanoseconds / 1_000_000_000
            case .exchange: -1
            }
        }
    }
}
