import PingoraCore
import PingoraHTTP
import TestSupport

@testable import PingoraProxy

/// Exchanges that may move at any moment. After each response the server ends its connection, since
/// one that moved is not used again.
enum MovingExchanges {
    /// Those whose second request comes to the server over the same connection.
    private static let reusing: Set<String> = [
        "HEAD", "204 and 304", "HTTP/1.0 that keeps its connection", "pipelined requests",
        "an upgrade that is not granted",
    ]

    /// What is counted, or waited for, begins anew in the other process.
    private static let counting: Set<String> = ["too many 103", "a client that does not read"]

    /// What passes as it should, so that the log counts the same bytes.
    static let sound =
        (BodyExchangeTests.table + InterimExchangeTests.interim + InterimExchangeTests.tunnels
        + ConnectExchangeTests.tunnels + TotalTimeTests.timely)
        .filter {
            !reusing.contains($0.testDescription) && !early.contains($0.testDescription)
                && !counting.contains($0.testDescription)
        }
        + pieces + rows + tunnels + limits

    /// How much of the request passes before the answer is a matter of chance.
    private static let early: Set<String> = ["a response while the request body still comes"]

    /// What is cut, or answered before its end.
    static let unsound =
        FailureExchangeTests.broken + ConnectExchangeTests.unanswered
        + TotalTimeTests.late.filter { !counting.contains($0.testDescription) }
        + FailureExchangeTests.timeouts.filter { !counting.contains($0.testDescription) }
        + InterimExchangeTests.interim.filter { early.contains($0.testDescription) } + partings

    private static let leaving = "Connection: close\r\n"

    /// `text` in as many pieces as it has bytes, with time between them.
    private static func slowly(_ text: String) -> [ScriptStep] {
        text.flatMap { [.send(String($0)), .pause(seconds: 0.06)] }
    }

    private static let head = "HTTP/1.1 200 OK\r\n\(Texts.date)"
    private static let post = Texts.post("/c", "Transfer-Encoding: chunked\r\n")
    private static let expecting = Texts.post(
        "/", "Content-Length: 5\r\nExpect: 100-continue\r\n")
    private static let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"

    private static let pieces: [Exchange] = [
        Exchange(
            "a length byte by byte", client: [.send(Texts.get()), .receive(Texts.ok("hello"))],
            origin: [.receive(Texts.get())] + slowly(Texts.ok("hello"))),
        Exchange(
            "chunks byte by byte",
            client: [
                .send(Texts.get()), .receive(Texts.chunkedHead),
                .receiveChunked("hello!", trailers: "X-Sum: 7\r\n"),
            ],
            origin: [.receive(Texts.get()), .send(Texts.chunkedHead)]
                + slowly("005;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 7\r\n\r\n")),
        Exchange(
            "until close, byte by byte",
            client: [.send(Texts.get()), .receive(Texts.chunkedHead), .receiveChunked("hello")],
            origin: [.receive(Texts.get()), .send("\(head)\r\n")] + slowly("hello") + [.close]),
        Exchange(
            "chunks upwards byte by byte",
            client: [.send(post)] + slowly("5\r\nhello\r\n06;a\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n")
                + [.receive(Texts.ok())],
            origin: [
                .receive(post), .receiveChunked("hello world", trailers: "X-Sum: 1\r\n"),
                .send(Texts.ok()),
            ]),
        Exchange(
            "a length upwards byte by byte",
            client: [.send(Texts.post("/l", "Content-Length: 5\r\n"))] + slowly("hello")
                + [.receive(Texts.ok())],
            origin: [
                .receive(Texts.post("/l", "Content-Length: 5\r\n") + "hello"), .pause(seconds: 2),
                .send(Texts.ok()),
            ]),
        Exchange(
            "a head and an answer byte by byte",
            client: slowly(Texts.get()) + [.receive(hints + Texts.ok("hi"))],
            origin: [.receive(Texts.get())] + slowly(hints) + slowly(Texts.ok("hi"))),
        Exchange(
            "100 Continue, slowly",
            client: [
                .send(expecting), .receive("HTTP/1.1 100 Continue\r\n\r\n"), .pause(seconds: 1),
                .send("hello"), .receive(Texts.ok()),
            ],
            origin: [
                .receive(expecting), .pause(seconds: 1), .send("HTTP/1.1 100 Continue\r\n\r\n"),
                .receive("hello"), .pause(seconds: 1), .send(Texts.ok()),
            ]),
        Exchange(
            "chunks to a client of HTTP/1.0",
            client: [
                .send("GET / HTTP/1.0\r\nHost: a\r\n\r\n"),
                .receive("\(head)Connection: close\r\n\r\nhello"), .receiveEnd,
            ],
            origin: [.receive(Texts.get()), .pause(seconds: 1), .send(Texts.chunkedHead)]
                + slowly("5\r\nhello\r\n0\r\n\r\n")),
        Exchange(
            "a slow client",
            client: [
                .send(Texts.get()), .pause(seconds: 5), .receive(Texts.ok(Texts.bulk(60_000))),
            ],
            origin: [.receive(Texts.get()), .send(Texts.ok(Texts.bulk(60_000)))]),
    ]

    /// One answer for each connection to the server, which ends it.
    private static func answers(_ rows: [(String, String)]) -> [[ScriptStep]] {
        rows.map { request, response in
            [.receive(request), .pause(seconds: 0.2), .send(response), .receiveEnd]
        }
    }

    private static let bodiless = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let counted = "\(head)Content-Length: 5\r\n"
    private static let empty = "HTTP/1.1 204 No Content\r\n\(Texts.date)"
    private static let same = "HTTP/1.1 304 Not Modified\r\n\(Texts.date)Content-Length: 9\r\n"
    private static let upload = Texts.post("/2", "Content-Length: 5\r\n") + "hello"

    static let rows: [Exchange] = [
        Exchange(
            "HEAD, 204 and 304",
            client: [
                .send(bodiless), .receive("\(counted)\r\n"), .send(Texts.get("/2")),
                .receive("\(empty)\r\n"), .send(Texts.get("/3")), .receive("\(same)\r\n"),
                .send(Texts.get("/4")), .receive(Texts.ok("four")),
            ],
            origins: answers([
                (bodiless, "\(counted)\(leaving)\r\n"),
                (Texts.get("/2"), "\(empty)\(leaving)\r\n"),
                (Texts.get("/3"), "\(same)\(leaving)\r\n"),
                (Texts.get("/4"), Texts.ok("four", leaving)),
            ])),
        Exchange(
            "requests in a pipeline",
            client: [
                .send(Texts.get("/1") + upload + Texts.get("/3")),
                .receive(Texts.ok("one") + Texts.ok("two") + Texts.ok("three")),
            ],
            origins: answers([
                (Texts.get("/1"), Texts.ok("one", leaving)), (upload, Texts.ok("two", leaving)),
                (Texts.get("/3"), Texts.ok("three", leaving)),
            ])),
        Exchange(
            "a request that follows while another one is answered",
            client: [
                .send(Texts.get("/1")), .pause(seconds: 0.1), .send(Texts.get("/2")),
                .receive(Texts.ok("one") + Texts.ok("two")),
            ],
            origins: answers([
                (Texts.get("/1"), Texts.ok("one", leaving)),
                (Texts.get("/2"), Texts.ok("two", leaving)),
            ])),
        Exchange(
            "requests with rests",
            client: [
                .pause(seconds: 1.5), .send(Texts.get("/1")), .receive(Texts.ok("one")),
                .pause(seconds: 3), .send(Texts.get("/2")), .receive(Texts.ok("two")),
                .pause(seconds: 70), .send(Texts.get("/3")), .receive(Texts.ok("three")),
            ],
            origins: answers([
                (Texts.get("/1"), Texts.ok("one", leaving)),
                (Texts.get("/2"), Texts.ok("two", leaving)),
                (Texts.get("/3"), Texts.ok("three", leaving)),
            ])),
        Exchange(
            "requests with rests, as many as are allowed",
            client: [
                .pause(seconds: 1.5), .send(Texts.get("/1")), .receive(Texts.ok("one")),
                .pause(seconds: 3), .send(Texts.get("/2")), .receive(Texts.ok("two")),
                .pause(seconds: 3), .send(Texts.get("/3")),
                .receive(Texts.ok("", leaving)), .receiveEnd,
            ],
            origins: answers([
                (Texts.get("/1"), Texts.ok("one", leaving)),
                (Texts.get("/2"), Texts.ok("two", leaving)),
                (Texts.get("/3"), Texts.ok("", leaving)),
            ])
        ).with { $0.options.requestsPerConnection = 3 },
        Exchange(
            "the only request of a connection, byte by byte",
            client: slowly(Texts.get()) + [.receive(Texts.ok("", leaving)), .receiveEnd],
            origins: answers([(Texts.get(), Texts.ok("", leaving))])
        ).with { $0.options.requestsPerConnection = 1 },
        Exchange(
            "two clients",
            client: [.send(Texts.get("/1")), .receive(Texts.ok("one"))],
            origin: [.receive(Texts.get("/1")), .pause(seconds: 1), .send(Texts.ok("one"))]
        ).with { $0.clients.append([.pause(seconds: 2), .finishSending, .receiveEnd]) },
    ]

    private static let upgrade = Texts.get("/ws", "Connection: Upgrade\r\nUpgrade: foo\r\n")
    private static let forwarded = Texts.get("/ws", "Upgrade: foo\r\nConnection: upgrade\r\n")
    private static let granting =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"
    private static let granted =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n"
    private static let bulk = Texts.bulk(50_000)

    static let tunnels: [Exchange] = [
        Exchange(
            "a tunnel between slow peers",
            client: [
                .send(upgrade + Texts.bulk(20_000)), .pause(seconds: 4), .receive(granted + bulk),
                .finishSending, .receiveEnd,
            ],
            origin: [
                .receive(forwarded), .send(granting), .pause(seconds: 2), .send(bulk),
                .receive(Texts.bulk(20_000)), .receiveEnd, .close,
            ]),
        Exchange(
            "a tunnel whose server ends first",
            client: [
                .send(upgrade), .receive(granted + "bye"), .receiveEnd, .pause(seconds: 1),
                .send("late"), .finishSending, .close,
            ],
            origin: [
                .receive(forwarded), .send(granting + "bye"), .finishSending, .receive("late"),
                .receiveEnd, .close,
            ]),
        Exchange(
            "a tunnel of small words",
            client: [.send(upgrade), .receive(granted)]
                + (0..<8).flatMap { [.send("ping\($0)"), .receive("pong\($0)")] as [ScriptStep] }
                + [.close],
            origin: [.receive(forwarded), .send(granting)]
                + (0..<8).flatMap {
                    [.receive("ping\($0)"), .pause(seconds: 1), .send("pong\($0)")]
                        as [ScriptStep]
                } + [.receiveEnd, .close]),
    ]

    /// What the limits of the peer and of the options make of it, before a move or after it.
    static let limits: [Exchange] = [
        Exchange(
            "a server that takes too long",
            client: [
                .send(Texts.get()), .receive(Texts.failure("504 Gateway Timeout")), .receiveEnd,
            ],
            origin: [.receive(Texts.get()), .receiveEnd]
        ).with { $0.peer.timeouts.firstByte = .seconds(3) }
    ]

    private static let large = Texts.post("/", "Transfer-Encoding: chunked\r\n")

    /// Where one side leaves, or gives up.
    static let partings: [Exchange] = [
        Exchange(
            "a body that grows too large",
            client: [.send(large)] + slowly("5\r\nhello\r\n5\r\nhello\r\n5\r\nhello\r\n")
                + [.receive(Texts.failure("413 Content Too Large")), .receiveEnd],
            origin: [.pause(seconds: 60), .close]
        ).with { $0.options.maximumBodyBytes = 12 },
        Exchange(
            "a server that falls silent in its response",
            client: [.send(Texts.get()), .receiveCut(of: "\(head)Content-Length: 9\r\n\r\nhello")],
            origin: [
                .receive(Texts.get()), .send("\(head)Content-Length: 9\r\n\r\nhello"), .receiveEnd,
            ]
        ).with { $0.peer.timeouts.read = .seconds(3) },
        Exchange(
            "a server that takes no more",
            client: [
                .send(Texts.post("/", "Content-Length: 90000\r\n") + Texts.bulk(90_000)),
                .receive(Texts.failure("504 Gateway Timeout")), .receiveEnd,
            ],
            origin: [.pause(seconds: 20), .close]
        ).with { $0.peer.timeouts.write = .seconds(3) },
        Exchange(
            "a client that leaves in the middle",
            client: [.send(Texts.get()), .receive(head), .pause(seconds: 1), .reset],
            origin: [
                .receive(Texts.get()), .send("\(head)Content-Length: 9\r\n\r\nhello"), .receiveEnd,
            ]),
        Exchange(
            "a tunnel that is reset by the server",
            client: [.send(upgrade), .receive(granted), .receiveCut(of: "")],
            origin: [.receive(forwarded), .send(granting), .pause(seconds: 2), .reset]),
        Exchange(
            "a tunnel that is reset by the client",
            client: [.send(upgrade), .receive(granted), .pause(seconds: 2), .reset],
            origin: [.receive(forwarded), .send(granting), .receiveEnd]),
    ]
}
