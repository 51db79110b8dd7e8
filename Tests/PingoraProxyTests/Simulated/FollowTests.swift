import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// A worker that is told to serve otherwise while it serves.
@Suite("Following another service")
struct FollowTests {
    /// Says which version of the logic served, to the server and to the client.
    private struct Versioned: ProxyHttp {
        let version: String

        func upstreamPeer(_ session: borrowing Session, _ context: inout Void) -> HTTPPeer {
            HTTPPeer(SimulatedProxy.originAddress)
        }

        func upstreamRequestFilter(
            _ session: borrowing Session, _ request: inout RequestHead, _ context: inout Void
        ) {
            request.fields.append("X-Logic", version)
        }

        func responseFilter(
            _ session: borrowing Session, _ response: inout ResponseHead, _ context: inout Void
        ) {
            response.fields.append("X-Logic", version)
        }
    }

    /// A run of a `script` for the client and one answer to each of its requests, which follows
    /// version 2 with a limit of 5 bytes on bodies after `seconds`.
    private struct Run {
        var clients: [[ScriptStep]]
        /// The version that answers each request, in the order in which they come.
        let versions: [Int]
        let seconds: Double
        /// How long the server takes.
        var delay = 0.0
    }

    private static func answer(_ version: Int) -> String {
        Texts.ok("", "X-Logic: \(version)\r\n")
    }

    private func check(_ run: Run) {
        for seed in 1...50 as ClosedRange<UInt64> {
            simulate(seed: seed) { kernel in
                let proxy = try SimulatedProxy(Versioned(version: "1"), on: kernel)
                proxy.originScripts = [
                    run.versions.flatMap {
                        [
                            .receive(Texts.get("/", "X-Logic: \($0)\r\n")),
                            .pause(seconds: run.delay), .send(Texts.ok("")),
                        ] as [ScriptStep]
                    }
                ]
                for client in run.clients { try proxy.client(client) }
                proxy.run(seconds: run.seconds)
                let worker = try #require(proxy.worker as? any MigratingWorker)
                proxy.loop.adoptThread()
                var options = ProxyOptions()
                options.maximumBodyBytes = 5
                let next = ProxyService(
                    Versioned(version: "2"), listen: [SimulatedProxy.address], options: options)
                #expect(worker.follow(next))
                proxy.run()
                let complaints = proxy.complaints + proxy.leaks()
                #expect(complaints.isEmpty, "seed \(seed)")
                proxy.stop()
            }
        }
    }

    private let large = Texts.post("/", "Content-Length: 6\r\n")
    private let refusal = Texts.failure("413 Content Too Large")

    @Test("ends a request as it began, and serves the next one as is wanted now")
    func underWay() {
        check(
            Run(
                clients: [
                    [
                        .send(Texts.get()), .receive(Self.answer(1)), .send(Texts.get()),
                        .receive(Self.answer(2)), .send(large), .receive(refusal), .receiveEnd,
                    ]
                ], versions: [1, 2], seconds: 1, delay: 3))
    }

    @Test("serves a client in the other way whose task waits, or which is parked")
    func quiet() {
        for seconds in [0.5, 0.9, 3] {
            check(
                Run(
                    clients: [
                        [
                            .send(Texts.get()), .receive(Self.answer(1)), .pause(seconds: seconds),
                            .pause(seconds: 0.3), .send(Texts.get()), .receive(Self.answer(2)),
                            .send(large), .receive(refusal), .receiveEnd,
                        ]
                    ], versions: [1, 2], seconds: seconds))
        }
    }

    @Test("serves a request in the other way whose head is not complete")
    func incompleteHead() {
        check(
            Run(
                clients: [
                    [
                        .send(Texts.get()), .receive(Self.answer(1)),
                        .send(String(Texts.get().prefix(9))), .pause(seconds: 2),
                        .send(String(Texts.get().dropFirst(9))), .receive(Self.answer(2)),
                    ]
                ], versions: [1, 2], seconds: 1))
    }

    @Test("serves nobody with what it kept from clients that left")
    func spares() {
        check(
            Run(
                clients: [
                    [.send(Texts.get()), .receive(Self.answer(1)), .close],
                    [
                        .pause(seconds: 5), .send(Texts.get()), .receive(Self.answer(2)),
                        .send(large), .receive(refusal), .receiveEnd,
                    ],
                ], versions: [1, 2], seconds: 4))
        // The first client is served when the worker is told, and leaves after that.
        check(
            Run(
                clients: [
                    [.send(Texts.get()), .receive(Self.answer(1)), .close],
                    [
                        .pause(seconds: 5), .send(Texts.get()), .receive(Self.answer(2)),
                        .send(large), .receive(refusal), .receiveEnd,
                    ],
                ], versions: [1, 2], seconds: 1, delay: 3))
    }

    @Test("follows no service of another kind")
    func otherKind() {
        simulate(seed: 1) { kernel in
            let proxy = try SimulatedProxy(Versioned(version: "1"), on: kernel)
            let worker = try #require(proxy.worker as? any MigratingWorker)
            #expect(!worker.follow(ProxyService(PlainProxy(), listen: [SimulatedProxy.address])))
            proxy.stop()
        }
    }
}
