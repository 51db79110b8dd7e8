import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// Responses before the final one, early ones, and tunnels.
@Suite("Interim responses and tunnels through the engine")
struct InterimExchangeTests {
    @Test("passes every byte on, and no other", arguments: interim + wrongGrants + tunnels)
    func passes(_ exchange: Exchange) {
        exchange.check()
    }

    private static let expecting = Texts.post(
        "/", "Content-Length: 5\r\nExpect: 100-continue\r\n")
    private static let continuing = "HTTP/1.1 100 Continue\r\n\r\n"
    private static let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    private static let tooLarge =
        "HTTP/1.1 413 Content Too Large\r\n\(Texts.date)Content-Length: 0\r\n"

    static let interim: [Exchange] = [
        Exchange(
            "100 Continue",
            client: [
                .send(expecting), .receive(continuing), .send("hello"), .receive(Texts.ok()),
            ],
            origin: [
                .receive(expecting), .send(continuing), .receive("hello"), .send(Texts.ok()),
            ]),
        Exchange(
            "100 Continue that nobody asked for",
            client: [.send(Texts.get()), .receive(Texts.ok())],
            origin: [.receive(Texts.get()), .send(continuing + continuing + Texts.ok())]),
        Exchange(
            "a refusal in the place of 100 Continue",
            client: [
                .send(expecting), .receive(tooLarge + "Connection: close\r\n\r\n"), .receiveEnd,
            ],
            origin: [.receive(expecting), .send(tooLarge + "\r\n")]),
        Exchange(
            "103 Early Hints",
            client: [.send(Texts.get()), .receive(hints + hints + Texts.ok())],
            origin: [.receive(Texts.get()), .send(hints), .send(hints), .send(Texts.ok())]),
        Exchange(
            "103 of a server of HTTP/1.0",
            client: [.send(Texts.get()), .receive(hints + Texts.ok())],
            origin: [
                .receive(Texts.get()), .send(hints.replacing("1.1", with: "1.0") + Texts.ok()),
            ]),
        Exchange(
            "103 and a client of HTTP/1.0",
            client: [
                .send("GET / HTTP/1.0\r\nHost: a\r\n\r\n"),
                .receive(Texts.ok("", "Connection: close\r\n")), .receiveEnd,
            ],
            origin: [.receive(Texts.get()), .send(hints + Texts.ok(""))]),
        Exchange(
            "a response while the request body still comes",
            client: [
                .send(Texts.post("/", "Content-Length: 100000\r\n") + Texts.bulk(100_000)),
                .receive(tooLarge + "Connection: close\r\n\r\n"), .receiveEnd,
            ],
            origin: [
                .receive(Texts.post("/", "Content-Length: 100000\r\n")), .send(tooLarge + "\r\n"),
            ]),
        Exchange(
            "too many 103",
            client: [
                .send(Texts.get()),
                .receive(String(repeating: hints, count: 64) + Texts.failure("502 Bad Gateway")),
                .receiveEnd,
            ],
            origin: [.receive(Texts.get()), .send(String(repeating: hints, count: 65))]),
        Exchange(
            "101 that nobody asked for",
            client: [
                .send(Texts.get()), .receive(Texts.failure("502 Bad Gateway")), .receiveEnd,
            ],
            origin: [.receive(Texts.get()), .send(granting + "junk")]),
    ]

    /// A tunnel opens for a protocol that was asked for, and for no other (RFC 9110 §7.8).
    static let wrongGrants = [
        ("another protocol", granting.replacing("foo", with: "bar")),
        ("one more protocol", granting.replacing("foo", with: "foo, bar")),
        ("no protocol", granting.replacing("Upgrade: foo\r\n", with: "")),
        ("HTTP/1.0", granting.replacing("HTTP/1.1", with: "HTTP/1.0")),
    ].map { name, grant in
        Exchange(
            "101 with \(name)",
            client: [.send(wanting), .receive(Texts.failure("502 Bad Gateway")), .receiveEnd],
            origin: [.receive(wanted), .send(grant + "junk")])
    }

    private static let upgrade = "Connection: Upgrade\r\nUpgrade: foo\r\n"
    private static let forwarded = "Upgrade: foo\r\nConnection: upgrade\r\n"
    private static let length = "Content-Length: 5\r\n"
    private static let coding = "Transfer-Encoding: chunked\r\n"
    private static let wanting = Texts.get("/ws", upgrade)
    private static let wanted = Texts.get("/ws", forwarded)
    private static let granting =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"
    private static let granted =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n"
    private static let bulk = Texts.bulk(60_000)

    static let tunnels: [Exchange] = [
        Exchange(
            "bytes right behind the head and the 101",
            client: [
                .send(wanting + "ping"), .receive(granted + "pong"), .send("more"),
                .receive("bye"), .receiveEnd, .close,
            ],
            origin: [
                .receive(wanted), .send(granting + "pong"), .receive("pingmore"), .send("bye"),
                .close,
            ]),
        Exchange(
            "much in both directions",
            client: [
                .send(wanting + bulk), .receive(granted + bulk), .finishSending, .receiveEnd,
            ],
            origin: [
                .receive(wanted), .send(granting + bulk), .receive(bulk), .receiveEnd, .close,
            ]),
        Exchange(
            "the client ends first",
            client: [
                .send(wanting), .receive(granted), .send("x"), .finishSending,
                .receive("late"), .receiveEnd,
            ],
            origin: [
                .receive(wanted), .send(granting), .receive("x"), .receiveEnd, .send("late"),
                .close,
            ]),
        Exchange(
            "a request body before the tunnel",
            client: [
                .send(
                    Texts.post("/ws", upgrade + length)
                        + "hellotunnel"),
                .receive(granted + "ok"), .receiveEnd, .close,
            ],
            origin: [
                .receive(
                    Texts.post("/ws", length + forwarded)
                        + "hello"),
                .send(granting), .receive("tunnel"), .send("ok"), .close,
            ]),
        Exchange(
            "a chunked request body before the tunnel",
            client: [
                .send(
                    Texts.post("/ws", upgrade + coding)
                        + "5\r\nhello\r\n0\r\n\r\ntunnel"),
                .receive(granted + "ok"), .receiveEnd, .close,
            ],
            origin: [
                .receive(
                    Texts.post("/ws", forwarded + coding)),
                .receiveChunked("hello"), .send(granting), .receive("tunnel"), .send("ok"), .close,
            ]),
        Exchange(
            "an upgrade that is not granted",
            client: [
                .send(wanting + Texts.get("/2")), .receive(Texts.ok("one") + Texts.ok("two")),
            ],
            origin: [
                .receive(wanted), .send(Texts.ok("one")), .receive(Texts.get("/2")),
                .send(Texts.ok("two")),
            ]),
    ]

    @Test("delivers what a client sent before it ended, though the server ended first")
    func halfClosedBothWays() {
        let exchange = Exchange(
            "ends cross",
            client: [
                .send(Self.wanting), .receive(Self.granted), .send(Self.bulk), .finishSending,
                .receiveEnd,
            ],
            origin: [
                .receive(Self.wanted), .send(Self.granting), .finishSending, .pause(seconds: 3),
                .receive(Self.bulk), .receiveEnd, .close,
            ])
        // Both ends of the client's connection are done, which epoll reports as EPOLLHUP: that is
        // no client that has left.
        exchange.check()
    }

    @Test("cuts a tunnel that fails, and sends nothing of its own into it")
    func failedTunnel() {
        let reset = Exchange(
            "a reset",
            client: [.send(Self.wanting), .receive(Self.granted + "pong"), .receiveCut(of: "")],
            origin: [
                .receive(Self.wanted), .send(Self.granting + "pong"), .pause(seconds: 1), .reset,
            ])
        let silence = Exchange(
            "silence",
            client: [.send(Self.wanting), .receive(Self.granted), .receiveCut(of: "")],
            origin: [.receive(Self.wanted), .send(Self.granting), .receiveEnd]
        ).with { $0.options.tunnelIdle = .seconds(20) }
        // A 101 sets no responseStatus, so RequestFlow.fail takes it that nothing was sent yet.
        reset.check(seeds: 1...20)
        silence.check(seeds: 1...20)
    }
}
