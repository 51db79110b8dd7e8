import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// The time that a whole exchange may take, in virtual time.
@Suite("The time of a whole exchange")
struct TotalTimeTests {
    @Test("is enough for what ends within it", arguments: timely)
    func suffices(_ exchange: Exchange) {
        exchange.check(seeds: 1...50)
    }

    @Test("ends what takes longer, however lively it is", arguments: late)
    func ends(_ exchange: Exchange) {
        exchange.check(seeds: 1...50)
    }

    private static let outOfTime = Texts.failure("504 Gateway Timeout")
    private static let head = "HTTP/1.1 200 OK\r\n\(Texts.date)Content-Length: 100\r\n\r\n"
    private static let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    private static let post = Texts.post("/", "Content-Length: 100\r\n")
    private static let switching =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n"
    private static let wanted = Texts.get("/ws", "Upgrade: foo\r\nConnection: upgrade\r\n")

    /// An exchange that may take `seconds` in total.
    private static func limited(
        _ name: String, _ seconds: Double = 10, client: [ScriptStep], origin: [ScriptStep]
    ) -> Exchange {
        Exchange(name, client: client, origin: origin).with {
            $0.options.total = .seconds(seconds)
        }
    }

    /// `text`, byte by byte, each a second after the last one.
    private static func slowly(_ text: String) -> [ScriptStep] {
        text.flatMap { [.pause(seconds: 1), .send(String($0))] }
    }

    /// The deadline is kept to 50 ms, and never too soon.
    static let timely: [Exchange] = [
        limited(
            "an answer just in time", client: [.send(Texts.get()), .receive(Texts.ok())],
            origin: [
                .receive(Texts.get()), .pause(seconds: 9.99), .send(Texts.ok()), .receiveEnd,
            ]),
        limited(
            "an answer of ten seconds without a limit",
            client: [.send(Texts.get()), .receive(Texts.ok("0123456789"))],
            origin: [.receive(Texts.get()), .send(Texts.ok("0123456789").dropping(10))]
                + slowly("0123456789") + [.receiveEnd]
        ).with { $0.options.total = nil },
        limited(
            "each request anew",
            client: [
                .send(Texts.get()), .receive(Texts.ok()), .pause(seconds: 6), .send(Texts.get()),
                .receive(Texts.ok()),
            ], origin: []
        ).with {
            let answer: [ScriptStep] = [
                .receive(Texts.get()), .pause(seconds: 6), .send(Texts.ok()), .close,
            ]
            $0.origin = [answer, answer]
        },
        limited(
            "a tunnel, which has no such limit",
            client: [
                .send(wanted), .receive(switching), .pause(seconds: 20), .send("ping"),
                .receive("pong"), .receiveEnd, .close,
            ],
            origin: [
                .receive(wanted), .send(switching), .receive("ping"), .pause(seconds: 20),
                .send("pong"), .close,
            ]),
    ]

    static let late: [Exchange] = [
        limited(
            "an answer just too late",
            client: [.send(Texts.get()), .receive(outOfTime), .receiveEnd],
            origin: [.receive(Texts.get()), .pause(seconds: 10.2), .send(Texts.ok())]
        ).with { $0.seconds = 10...10.3 },
        limited(
            "a server that does not answer",
            client: [.send(Texts.get()), .receive(outOfTime), .receiveEnd],
            origin: [.receive(Texts.get()), .receiveEnd]
        ).with { $0.seconds = 10...10.3 },
        limited(
            "a connect that hangs", 2,
            client: [.send(Texts.get()), .receive(outOfTime), .receiveEnd], origin: []
        ).with {
            ($0.origin, $0.seconds) = ([], 2...2.3)
            $0.peer = HTTPPeer(SimulatedProxy.silentAddress)
        },
        limited(
            "a head of an answer that drips",
            client: [.send(Texts.get()), .receive(outOfTime), .receiveEnd],
            origin: [.receive(Texts.get()), .drip("HTTP/1.1 200 OK\r\nX: \(Texts.bulk(100))")]
        ).with { $0.seconds = 10...12.5 },
        limited(
            "1xx without an end", 3.5,
            client: [.send(Texts.get()), .receive(hints + hints + hints + outOfTime), .receiveEnd],
            origin: [.receive(Texts.get())]
                + (0..<4).flatMap { _ in [.pause(seconds: 1), .send(hints)] as [ScriptStep] }
        ).with { $0.seconds = 3.5...4.5 },
        limited(
            "a response that drips",
            client: [.send(Texts.get()), .receiveCut(of: head + Texts.bulk(100))],
            origin: [.receive(Texts.get()), .send(head)] + slowly(Texts.bulk(9)) + [.receiveEnd]
        ).with { $0.seconds = 10...10.3 },
        limited(
            "a client that does not read",
            client: [
                .send(Texts.get()), .pause(seconds: 12),
                .receiveCut(of: Texts.ok(Texts.bulk(400_000))),
            ],
            origin: [
                .receive(Texts.get()), .send(Texts.ok(Texts.bulk(400_000))), .receiveCut(of: ""),
            ]
        ).with { $0.seconds = 12...12.3 },
        limited(
            "a request body that drips",
            client: [
                .send(post), .drip(Texts.bulk(100)), .receive(outOfTime), .finishSending,
                .receiveEnd,
            ], origin: [.receive(post)]
        ).with { $0.seconds = 10...12.5 },
        limited(
            "a request head that drips", 5,
            client: [
                .drip("GET / HTTP/1.1\r\nX: \(Texts.bulk(100))"),
                .receive(Texts.failure("408 Request Timeout")), .receiveEnd,
            ], origin: []
        ).with { ($0.origin, $0.seconds) = ([], 5...7.5) },
    ]
}

extension String {
    fileprivate func dropping(_ count: Int) -> String { String(dropLast(count)) }
}
