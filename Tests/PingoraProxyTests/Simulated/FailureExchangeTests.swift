import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// What clients and origins do wrong, and how long they may take, in virtual time.
@Suite("Failures through the engine")
struct FailureExchangeTests {
    /// It says what would be allowed (RFC 9110 §15.5.6).
    private static let notAllowed = Texts.failure("405 Method Not Allowed").replacing(
        "Connection:",
        with: "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\nConnection:")

    @Test("answers or cuts what goes wrong", arguments: broken + pooled + refused)
    func fails(_ exchange: Exchange) {
        exchange.check()
    }

    @Test("keeps to its timeouts", arguments: timeouts)
    func timesOut(_ exchange: Exchange) {
        exchange.check(seeds: 1...100)
    }

    private static let short = "HTTP/1.1 200 OK\r\n\(Texts.date)Content-Length: 10\r\n\r\nhello"
    private static let gateway = Texts.failure("502 Bad Gateway")

    static let broken: [Exchange] = [
        Exchange(
            "a body shorter than its length",
            client: [.send(Texts.get()), .receiveCut(of: short)],
            origin: [.receive(Texts.get()), .send(short), .close]),
        Exchange(
            "chunks without an end",
            client: [
                .send(Texts.get()),
                .receiveCutChunks(Texts.chunkedHead),
            ],
            origin: [.receive(Texts.get()), .send(Texts.chunkedHead + "5\r\nhello\r\n"), .close]),
        Exchange(
            "chunks that are broken",
            client: [.send(Texts.get()), .receiveCutChunks(Texts.chunkedHead)],
            origin: [.receive(Texts.get()), .send(Texts.chunkedHead + "5\r\nhelloXX0\r\n\r\n")]),
        Exchange(
            "a reset within a close-delimited body",
            client: [.send(Texts.get()), .receiveCutChunks(Texts.chunkedHead)],
            origin: [
                .receive(Texts.get()), .send("HTTP/1.1 200 OK\r\n\(Texts.date)\r\nhello"),
                .pause(seconds: 1), .reset,
            ]),
        Exchange(
            "no response at all",
            client: [.send(Texts.get()), .receive(gateway), .receiveEnd],
            origin: [.receive(Texts.get()), .close]),
        Exchange(
            "half a head", client: [.send(Texts.get()), .receive(gateway), .receiveEnd],
            origin: [.receive(Texts.get()), .send("HTTP/1.1 200 OK\r\nDate"), .close]),
        Exchange(
            "no HTTP", client: [.send(Texts.get()), .receive(gateway), .receiveEnd],
            origin: [.receive(Texts.get()), .send("SSH-2.0-OpenSSH_9.2\r\n\r\n")]),
        Exchange(
            "two lengths", client: [.send(Texts.get()), .receive(gateway), .receiveEnd],
            origin: [
                .receive(Texts.get()),
                .send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
            ]),
        Exchange(
            "a client that leaves while it waits",
            client: [.send(Texts.get()), .pause(seconds: 1), .reset],
            origin: [.receive(Texts.get()), .receiveEnd]),
        Exchange(
            "a client that ends within its body",
            client: [
                .send(Texts.post("/", "Content-Length: 9\r\n") + "hello"), .pause(seconds: 1),
                .close,
            ],
            origin: [.receive(Texts.post("/", "Content-Length: 9\r\n") + "hello"), .receiveEnd]),
    ]

    private static let surplus = Texts.ok("one") + Texts.ok("poison")

    static let pooled: [Exchange] = [
        Exchange(
            "a connection that is used again",
            client: [.send(Texts.get("/1")), .receive(Texts.ok("one")), .close],
            origin: [
                .receive(Texts.get("/1")), .send(Texts.ok("one")), .receive(Texts.get("/2")),
                .send(Texts.ok("two")),
            ]
        ).with {
            $0.clients.append(
                [.pause(seconds: 1), .send(Texts.get("/2")), .receive(Texts.ok("two"))])
        },
        Exchange(
            "bytes behind a response",
            client: [
                .send(Texts.get("/1")), .receive(Texts.ok("one")), .pause(seconds: 1),
                .send(Texts.get("/2")), .receive(Texts.ok("two")),
            ],
            origins: [
                [.receive(Texts.get("/1")), .send(surplus)],
                [.receive(Texts.get("/2")), .send(Texts.ok("two"))],
            ]),
        Exchange(
            "a pooled connection that ends",
            client: [
                .send(Texts.get("/1")), .receive(Texts.ok("one")), .pause(seconds: 1),
                .send(Texts.get("/2")), .receive(Texts.ok("two")),
            ],
            origins: [
                [.receive(Texts.get("/1")), .send(Texts.ok("one")), .close],
                [.receive(Texts.get("/2")), .send(Texts.ok("two"))],
            ]),
        Exchange(
            "a pooled connection that is older than a minute",
            client: [
                .send(Texts.get("/1")), .receive(Texts.ok("one")), .pause(seconds: 61),
                .send(Texts.get("/2")), .receive(Texts.ok("two")),
            ],
            origins: [
                [.receive(Texts.get("/1")), .send(Texts.ok("one")), .receiveEnd],
                [.receive(Texts.get("/2")), .send(Texts.ok("two"))],
            ]),
        Exchange(
            "a response to a request that was not sent in full",
            client: [
                .send(Texts.post("/", "Content-Length: 9\r\n") + "hell"),
                .receive(Texts.ok("", "Connection: close\r\n")), .send("o"), .receiveEnd,
            ],
            origins: [
                [
                    .receive(Texts.post("/", "Content-Length: 9\r\n") + "hell"),
                    .send(Texts.ok("")), .receiveEnd,
                ]
            ]),
    ]

    static let refused: [Exchange] = [
        Exchange(
            "no server there", client: [.send(Texts.get()), .receive(gateway), .receiveEnd],
            origins: []
        ).with { $0.peer = HTTPPeer(SimulatedProxy.deadAddress) },
        Exchange(
            "no request at all",
            client: [
                .send("hello\r\n\r\n"), .receive(Texts.failure("400 Bad Request")), .receiveEnd,
            ], origins: []),
        Exchange(
            "no Host",
            client: [
                .send("GET / HTTP/1.1\r\n\r\n"), .receive(Texts.failure("400 Bad Request")),
                .receiveEnd,
            ], origins: []),
        Exchange(
            "CONNECT",
            client: [
                .send("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
                .receive(notAllowed), .receiveEnd,
            ], origins: []),
        Exchange(
            "TRACE",
            client: [
                .send("TRACE / HTTP/1.1\r\nHost: a\r\nCookie: b\r\n\r\n"),
                .receive(notAllowed), .receiveEnd,
            ], origins: []),
        Exchange(
            "a body with a length over the limit",
            client: [
                .send(Texts.post("/", "Content-Length: 101\r\n") + Texts.bulk(101)),
                .receive(Texts.failure("413 Content Too Large")), .receiveEnd,
            ], origins: []
        ).with { $0.options.maximumBodyBytes = 100 },
        Exchange(
            "a length and chunks",
            client: [
                .send(
                    Texts.post("/", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n")
                        + "0\r\n\r\n" + Texts.get("/evil")),
                .receive(Texts.failure("400 Bad Request")), .receiveEnd,
            ], origins: []),
        Exchange(
            "a bad request behind a good one",
            client: [
                .send(Texts.get() + "GET  /2 HTTP/1.1\r\nHost: a\r\n\r\n" + Texts.get("/3")),
                .receive(Texts.ok() + Texts.failure("400 Bad Request")), .receiveEnd,
            ],
            origin: [.receive(Texts.get()), .send(Texts.ok())]),
    ]

    private static let bulk = Texts.bulk(400_000)

    static let timeouts: [Exchange] = [
        Exchange(
            "a connect that hangs",
            client: [
                .send(Texts.get()), .receive(Texts.failure("504 Gateway Timeout")), .receiveEnd,
            ], origins: []
        ).with { ($0.peer, $0.seconds) = (HTTPPeer(SimulatedProxy.silentAddress), 5...5.3) },
        Exchange(
            "a server that does not answer",
            client: [
                .send(Texts.get()), .receive(Texts.failure("504 Gateway Timeout")), .receiveEnd,
            ], origin: [.receive(Texts.get()), .receiveEnd]
        ).with { $0.seconds = 60...60.3 },
        Exchange(
            "a server that does not answer a client that sends junk",
            client: [
                .send(Texts.get()), .drip("junk"),
                .receive(Texts.failure("504 Gateway Timeout")), .receiveEnd,
            ], origin: [.receive(Texts.get()), .receiveEnd]
        ).with { $0.seconds = 60...62.5 },
        Exchange(
            "a head of one byte a second",
            client: [
                .drip("GET / HTTP/1.1\r\nX: \(Texts.bulk(100))"),
                .receive(Texts.failure("408 Request Timeout")), .receiveEnd,
            ], origins: []
        ).with { $0.seconds = 10...12.5 },
        Exchange("a client that says nothing", client: [.receiveEnd], origins: [])
            .with { $0.seconds = 75...75.3 },
        Exchange(
            "a client that is quiet after a request",
            client: [.send(Texts.get()), .receive(Texts.ok()), .receiveEnd],
            origin: [.receive(Texts.get()), .send(Texts.ok())]
        ).with { $0.seconds = 75...76.3 },
        Exchange(
            "a client that does not read",
            client: [
                .send(Texts.get()), .pause(seconds: 50), .receiveCut(of: Texts.ok(bulk)),
            ], origin: [.receive(Texts.get()), .send(Texts.ok(bulk)), .receiveCut(of: "")]
        ).with { $0.seconds = 50...50.3 },
        Exchange(
            "a request body that stops",
            client: [
                .send(Texts.post("/", "Content-Length: 9\r\n") + "hello"),
                .receive(Texts.failure("408 Request Timeout")), .finishSending, .receiveEnd,
            ],
            origin: [.receive(Texts.post("/", "Content-Length: 9\r\n") + "hello"), .receiveEnd]
        ).with { $0.seconds = 30...30.3 },
        Exchange(
            "a response body that stops",
            client: [.send(Texts.get()), .receiveCut(of: short)],
            origin: [.receive(Texts.get()), .send(short), .receiveEnd]
        ).with { $0.seconds = 30...30.3 },
        Exchange(
            "a server that does not read",
            client: [
                .send(Texts.post("/", "Content-Length: 200000\r\n") + Texts.bulk(200_000)),
                .receive(Texts.failure("504 Gateway Timeout")), .receiveEnd,
            ],
            origin: [.pause(seconds: 40)]
        ).with { $0.seconds = 40...40.3 },
    ]
}
