import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// Targets and fields that an intermediary has to treat in a way of their own, and those that it
/// has to leave alone.
@Suite("Targets and fields through the engine")
struct FieldExchangeTests {
    @Test(
        "passes on what the RFCs want, and nothing else",
        arguments: targets + untouched + framing + expectations + trailers)
    func passes(_ exchange: Exchange) {
        exchange.check(seeds: 1...60)
    }

    /// A request line of an absolute target, and the one that goes on.
    static let targets: [Exchange] = [
        ("GET https://b/c?d", "GET /c?d"), ("GET https://b", "GET /"),
        ("OPTIONS http://b", "OPTIONS *"), ("OPTIONS https://b", "OPTIONS *"),
        ("OPTIONS http://b/", "OPTIONS /"), ("OPTIONS http://b?c", "OPTIONS /?c"),
        ("GET http://b", "GET /"),
    ].map { line, forwarded in
        Exchange(
            line,
            client: [.send("\(line) HTTP/1.1\r\nHost: a\r\n\r\n"), .receive(Texts.ok())],
            origin: [.receive("\(forwarded) HTTP/1.1\r\nHost: b\r\n\r\n"), .send(Texts.ok())])
    }

    private static func passing(
        _ name: String, request: String = "", response: String = Texts.ok()
    ) -> Exchange {
        Exchange(
            name, client: [.send(Texts.get("/", request)), .receive(response)],
            origin: [.receive(Texts.get("/", request)), .send(response)])
    }

    private static func empty(_ status: String, _ fields: String) -> String {
        "HTTP/1.1 \(status)\r\n\(Texts.date)\(fields)Content-Length: 0\r\n\r\n"
    }

    static let untouched: [Exchange] = [
        passing("Max-Forwards: 0 of GET", request: "Max-Forwards: 0\r\n"),
        passing("Max-Forwards: 5 of GET", request: "Max-Forwards: 5\r\n"),
        passing("Max-Forwards of GET that is no number", request: "Max-Forwards: x\r\n"),
        passing("two Max-Forwards of GET", request: "Max-Forwards: 1\r\nMax-Forwards: 2\r\n"),
        passing("Authorization", request: "Authorization: Basic YTpi\r\n"),
        passing(
            "WWW-Authenticate",
            response: empty(
                "401 Unauthorized",
                "WWW-Authenticate: Basic realm=\"a, b\"\r\nwww-authenticate: Digest c\r\n")),
        passing(
            "Allow of 405", response: empty("405 Method Not Allowed", "Allow: GET, , BREW\r\n")),
        passing("an empty Allow", response: empty("405 Method Not Allowed", "Allow: \r\n")),
        passing("421", response: empty("421 Misdirected Request", "")),
        passing("Vary", response: Texts.ok("hello", "Vary: *\r\nVary: Accept, Cookie\r\n")),
        passing(
            "205 with a body that has a length",
            response: "HTTP/1.1 205 Reset Content\r\n\(Texts.date)Content-Length: 2\r\n\r\nhi"),
        Exchange(
            "205 with a chunked body, then another request",
            client: [
                .send(Texts.get()), .receive(reset), .receiveChunked("hi"),
                .send(Texts.get("/2")), .receive(Texts.ok()),
            ],
            origin: [
                .receive(Texts.get()), .send(reset + "2\r\nhi\r\n0\r\n\r\n"),
                .receive(Texts.get("/2")), .send(Texts.ok()),
            ]),
    ]

    private static let reset =
        "HTTP/1.1 205 Reset Content\r\n\(Texts.date)Transfer-Encoding: chunked\r\n\r\n"

    /// A request, a response without a body that says how one is framed, and the head that goes on.
    /// The next response is found where it begins.
    static let framing: [Exchange] = [
        (
            "Content-Length of 103", "GET", "103 Early Hints\r\nContent-Length: 5\r\nLink: a",
            "103 Early Hints\r\nLink: a"
        ),
        (
            "Transfer-Encoding of 103", "GET",
            "103 Early Hints\r\nTransfer-Encoding: chunked\r\nLink: a", "103 Early Hints\r\nLink: a"
        ),
        (
            "Transfer-Encoding of 304", "GET",
            "304 Not Modified\r\n\(Texts.date)Transfer-Encoding: chunked\r\nETag: a",
            "304 Not Modified\r\n\(Texts.date)ETag: a"
        ),
        (
            "Transfer-Encoding of 204", "GET",
            "204 No Content\r\n\(Texts.date)Transfer-Encoding: chunked\r\nETag: a",
            "204 No Content\r\n\(Texts.date)ETag: a"
        ),
        (
            "Transfer-Encoding of HEAD", "HEAD",
            "200 OK\r\n\(Texts.date)Transfer-Encoding: chunked\r\nETag: a",
            "200 OK\r\n\(Texts.date)ETag: a"
        ),
    ].map { name, method, response, forwarded in
        let request = "\(method) / HTTP/1.1\r\nHost: a\r\n\r\n"
        let (response, forwarded) = (
            "HTTP/1.1 \(response)\r\n\r\n", "HTTP/1.1 \(forwarded)\r\n\r\n"
        )
        let isInterim = name.hasSuffix("103")
        let between = isInterim ? [] : [ScriptStep.send(Texts.get("/2"))]
        let awaited = isInterim ? [] : [ScriptStep.receive(Texts.get("/2"))]
        return Exchange(
            name,
            client: [.send(request), .receive(forwarded)] + between + [.receive(Texts.ok())],
            origin: [.receive(request), .send(response)] + awaited + [.send(Texts.ok())])
    }

    private static let expecting = "Content-Length: 5\r\nExpect: 100-continue\r\n"
    private static let failed = empty("417 Expectation Failed", "")

    static let expectations: [Exchange] = [
        Exchange(
            "100-continue in HTTP/1.0, with a 100",
            client: [
                .send("POST / HTTP/1.0\r\nHost: a\r\n\(expecting)\r\nhello"),
                .receive(Texts.ok("hello", "Connection: close\r\n")), .receiveEnd,
            ],
            origin: [
                .receive(Texts.post("/", expecting)), .send("HTTP/1.1 100 Continue\r\n\r\n"),
                .receive("hello"), .send(Texts.ok()),
            ]),
        Exchange(
            "100-continue in HTTP/1.0, without a 100",
            client: [
                .send("POST / HTTP/1.0\r\nHost: a\r\n\(expecting)\r\nhello"),
                .receive(Texts.ok("hello", "Connection: close\r\n")), .receiveEnd,
            ],
            origin: [.receive(Texts.post("/", expecting) + "hello"), .send(Texts.ok())]),
        passing("an expectation that the server ignores", request: "Expect: a=b\r\n"),
        passing(
            "an expectation that the server can't meet", request: "Expect: a=b, 100-continued\r\n",
            response: failed),
        Exchange(
            "a 100 to another expectation",
            client: [.send(Texts.get("/", "Expect: a=b\r\n")), .receive(Texts.ok())],
            origin: [
                .receive(Texts.get("/", "Expect: a=b\r\n")),
                .send("HTTP/1.1 100 Continue\r\n\r\n" + Texts.ok()),
            ]),
    ]

    private static let chunkedPost = Texts.post("/", "Transfer-Encoding: chunked\r\n")
    private static let listing = "Connection: x-sum, ETag\r\nTransfer-Encoding: chunked\r\n"
    private static let trailing = "1\r\nx\r\n0\r\nX-Sum: 1\r\nX-Kept: 2\r\nETag: 3\r\n\r\n"
    private static let all = "X-Sum: 1\r\nX-Kept: 2\r\nETag: 3\r\n"

    /// Trailers that Connection lists are for one connection as much as fields are; the list counts
    /// for its own message only.
    static let trailers: [Exchange] = [
        Exchange(
            "trailers of a request that Connection lists",
            client: [
                .send(Texts.post("/", listing) + trailing), .receive(Texts.ok()),
                .send(chunkedPost + trailing), .receive(Texts.ok()),
            ],
            origin: [
                .receive(chunkedPost), .receiveChunked("x", trailers: "X-Kept: 2\r\n"),
                .send(Texts.ok()),
                .receive(chunkedPost), .receiveChunked("x", trailers: all), .send(Texts.ok()),
            ]),
        Exchange(
            "trailers of a response that Connection lists",
            client: [
                .send(Texts.get("/1")), .receive(Texts.chunkedHead),
                .receiveChunked("x", trailers: "X-Kept: 2\r\n"),
                .send(Texts.get("/2")), .receive(Texts.chunkedHead),
                .receiveChunked("x", trailers: all),
            ],
            origin: [
                .receive(Texts.get("/1")),
                .send("HTTP/1.1 200 OK\r\n\(Texts.date)\(listing)\r\n\(trailing)"),
                .receive(Texts.get("/2")), .send(Texts.chunkedHead + trailing),
            ]),
        Exchange(
            "all trailers listed",
            client: [
                .send(Texts.get()), .receive(Texts.chunkedHead), .receiveChunked("x"),
            ],
            origin: [
                .receive(Texts.get()),
                .send(
                    "HTTP/1.1 200 OK\r\n\(Texts.date)Connection: x-sum\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n"),
            ]),
    ]
}
