import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// Bodies of every framing, in both directions, however the kernel cuts them.
@Suite("Bodies through the engine")
struct BodyExchangeTests {
    @Test("passes every byte on, and no other", arguments: table)
    func passes(_ exchange: Exchange) {
        exchange.check()
    }

    static let table = requests + responses + streams

    private static let bulk = Texts.bulk(40_000)
    private static let postBulk = Texts.post("/p", "Content-Length: 40000\r\n") + bulk
    private static let chunkedPost = Texts.post("/c", "Transfer-Encoding: chunked\r\n")

    static let requests: [Exchange] = [
        Exchange(
            "GET", client: [.send(Texts.get()), .receive(Texts.ok())],
            origin: [.receive(Texts.get()), .send(Texts.ok())]),
        Exchange(
            "GET with a body",
            client: [.send(Texts.get("/", "Content-Length: 2\r\n") + "hi"), .receive(Texts.ok())],
            origin: [
                .receive(Texts.get("/", "Content-Length: 2\r\n") + "hi"), .send(Texts.ok()),
            ]),
        Exchange(
            "POST with a length", client: [.send(postBulk), .receive(Texts.ok())],
            origin: [.receive(postBulk), .send(Texts.ok())]),
        Exchange(
            "POST with a length of zero",
            client: [.send(Texts.post("/", "Content-Length: 0\r\n")), .receive(Texts.ok())],
            origin: [.receive(Texts.post("/", "Content-Length: 0\r\n")), .send(Texts.ok())]),
        Exchange(
            "chunked request",
            client: [
                .send(chunkedPost + "5;x=1\r\nhello\r\n006\r\n world\r\n0\r\n\r\n"),
                .receive(Texts.ok()),
            ],
            origin: [.receive(chunkedPost), .receiveChunked("hello world"), .send(Texts.ok())]),
        Exchange(
            "chunked request with trailers",
            client: [
                .send(chunkedPost + "1\r\nx\r\n0\r\nX-Sum: 1\r\nHost: evil\r\n\r\n"),
                .receive(Texts.ok()),
            ],
            origin: [
                .receive(chunkedPost), .receiveChunked("x", trailers: "X-Sum: 1\r\n"),
                .send(Texts.ok()),
            ]),
        Exchange(
            "large chunked request",
            client: [.send(chunkedPost + "9c40\r\n\(bulk)\r\n0\r\n\r\n"), .receive(Texts.ok())],
            origin: [.receive(chunkedPost), .receiveChunked(bulk), .send(Texts.ok())]),
    ]

    private static let bulkResponse = Texts.ok(Texts.bulk(100_000))

    static let responses: [Exchange] = [
        Exchange(
            "large response", client: [.send(Texts.get()), .receive(bulkResponse)],
            origin: [.receive(Texts.get()), .send(bulkResponse)]),
        Exchange(
            "empty response", client: [.send(Texts.get()), .receive(Texts.ok(""))],
            origin: [.receive(Texts.get()), .send(Texts.ok(""))]),
        Exchange(
            "chunked response",
            client: [
                .send(Texts.get()), .receive(Texts.chunkedHead), .receiveChunked("hello world"),
            ],
            origin: [
                .receive(Texts.get()),
                .send(Texts.chunkedHead + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
            ]),
        Exchange(
            "chunked response with trailers",
            client: [
                .send(Texts.get()), .receive(Texts.chunkedHead),
                .receiveChunked("hello", trailers: "X-Sum: 7\r\n"),
            ],
            origin: [
                .receive(Texts.get()),
                .send(Texts.chunkedHead + "5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n"),
            ]),
        Exchange(
            "response that ends with its connection",
            client: [.send(Texts.get()), .receive(Texts.chunkedHead), .receiveChunked(bulk)],
            origin: [
                .receive(Texts.get()), .send("HTTP/1.1 200 OK\r\n\(Texts.date)\r\n\(bulk)"),
                .close,
            ]),
        Exchange(
            "HEAD",
            client: [
                .send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"),
                .receive("HTTP/1.1 200 OK\r\n\(Texts.date)Content-Length: 5\r\n\r\n"),
                .send(Texts.get()), .receive(Texts.ok()),
            ],
            origin: [
                .receive("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"),
                .send("HTTP/1.1 200 OK\r\n\(Texts.date)Content-Length: 5\r\n\r\n"),
                .receive(Texts.get()), .send(Texts.ok()),
            ]),
        Exchange(
            "204 with a length, which goes",
            client: [
                .send(Texts.get()), .receive("HTTP/1.1 204 No Content\r\n\(Texts.date)\r\n"),
            ],
            origin: [
                .receive(Texts.get()),
                .send("HTTP/1.1 204 No Content\r\n\(Texts.date)Content-Length: 5\r\n\r\n"),
            ]),
        Exchange(
            "426, which says to what",
            client: [
                .send(Texts.get()),
                .receive(
                    "HTTP/1.1 426 Upgrade Required\r\n\(Texts.date)Content-Length: 0\r\n"
                        + "Upgrade: foo\r\nConnection: upgrade\r\n\r\n"),
            ],
            origin: [
                .receive(Texts.get()),
                .send(
                    "HTTP/1.1 426 Upgrade Required\r\n\(Texts.date)Content-Length: 0\r\n"
                        + "Connection: Upgrade\r\nUpgrade: foo\r\n\r\n"),
            ]),
        Exchange(
            "204 and 304",
            client: [
                .send(Texts.get()), .receive("HTTP/1.1 204 No Content\r\n\(Texts.date)\r\n"),
                .send(Texts.get()),
                .receive("HTTP/1.1 304 Not Modified\r\n\(Texts.date)Content-Length: 9\r\n\r\n"),
                .send(Texts.get()), .receive(Texts.ok()),
            ],
            origin: [
                .receive(Texts.get()), .send("HTTP/1.1 204 No Content\r\n\(Texts.date)\r\n"),
                .receive(Texts.get()),
                .send("HTTP/1.1 304 Not Modified\r\n\(Texts.date)Content-Length: 9\r\n\r\n"),
                .receive(Texts.get()), .send(Texts.ok()),
            ]),
    ]

    private static let http10 = "GET / HTTP/1.0\r\nHost: a\r\n"

    static let streams: [Exchange] = [
        Exchange(
            "HTTP/1.0",
            client: [
                .send(http10 + "\r\n"), .receive(Texts.ok("", "Connection: close\r\n")),
                .receiveEnd,
            ],
            origin: [.receive(Texts.get()), .send(Texts.ok(""))]),
        Exchange(
            "HTTP/1.0 that keeps its connection",
            client: [
                .send(http10 + "Connection: keep-alive\r\n\r\n"),
                .receive(Texts.ok("", "Connection: keep-alive\r\n")),
                .send(http10 + "\r\n"), .receive(Texts.ok("", "Connection: close\r\n")),
                .receiveEnd,
            ],
            origin: [
                .receive(Texts.get()), .send(Texts.ok("")),
                .receive(Texts.get()), .send(Texts.ok("")),
            ]),
        Exchange(
            "HTTP/1.0 and chunks",
            client: [
                .send(http10 + "Connection: keep-alive\r\n\r\n"),
                .receive("HTTP/1.1 200 OK\r\n\(Texts.date)Connection: close\r\n\r\nhello"),
                .receiveEnd,
            ],
            origin: [
                .receive(Texts.get()), .send(Texts.chunkedHead + "5\r\nhello\r\n0\r\n\r\n"),
            ]),
        Exchange(
            "pipelined requests",
            client: [
                .send(Texts.get("/1") + postBulk + Texts.get("/3")),
                .receive(Texts.ok("one") + Texts.ok("two") + Texts.ok("three")),
            ],
            origin: [
                .receive(Texts.get("/1")), .send(Texts.ok("one")),
                .receive(postBulk), .send(Texts.ok("two")),
                .receive(Texts.get("/3")), .send(Texts.ok("three")),
            ]),
        Exchange(
            "Connection: close from the client",
            client: [
                .send(Texts.get("/", "Connection: close\r\n")),
                .receive(Texts.ok("", "Connection: close\r\n")), .receiveEnd,
            ],
            origin: [.receive(Texts.get()), .send(Texts.ok(""))]),
        Exchange(
            "Connection: close from the origin",
            client: [
                .send(Texts.get()), .receive(Texts.ok("")), .send(Texts.get("/2")),
                .receive(Texts.ok("two")),
            ],
            origins: [
                [.receive(Texts.get()), .send(Texts.ok("", "Connection: close\r\n")), .receiveEnd],
                [.receive(Texts.get("/2")), .send(Texts.ok("two"))],
            ]),
        Exchange(
            "a client that ends its direction after the request",
            client: [.send(Texts.get()), .finishSending, .receive(Texts.ok()), .receiveEnd],
            origin: [.receive(Texts.get()), .send(Texts.ok())]),
    ]

    @Test("does not send the trailers of an earlier response again")
    func earlierTrailers() {
        let exchange = Exchange(
            "trailers, then none",
            client: [
                .send(Texts.get("/1")), .receive(Texts.chunkedHead),
                .receiveChunked("hello", trailers: "X-Secret: 7\r\n"),
                .send(Texts.get("/2")), .receive(Texts.chunkedHead), .receiveChunked("bye"),
            ],
            origin: [
                .receive(Texts.get("/1")),
                .send(Texts.chunkedHead + "5\r\nhello\r\n0\r\nX-Secret: 7\r\n\r\n"),
                .receive(Texts.get("/2")), .send("HTTP/1.1 200 OK\r\n\(Texts.date)\r\nbye"),
                .close,
            ])
        exchange.check()
    }
}
