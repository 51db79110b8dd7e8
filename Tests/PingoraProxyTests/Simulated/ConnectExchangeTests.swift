import PingoraCore
import PingoraHTTP
import TestSupport
import Testing

@testable import PingoraProxy

/// CONNECT where the listener allows it, and where it does not.
@Suite("CONNECT through the engine")
struct ConnectExchangeTests {
    @Test("opens a tunnel with the 2xx of the server, and passes every byte", arguments: tunnels)
    func opens(_ exchange: Exchange) {
        exchange.check()
    }

    @Test("opens none with anything else, and ends the connection", arguments: refusals)
    func refusedByServer(_ exchange: Exchange) {
        exchange.check()
    }

    @Test("is refused before any server hears of it", arguments: forbidden)
    func refusedHere(_ exchange: Exchange) {
        exchange.check(seeds: 1...50)
    }

    @Test("ends as other requests do where something breaks", arguments: unanswered + broken)
    func breaks(_ exchange: Exchange) {
        exchange.check(seeds: 1...50)
    }

    private static let ports = [SocketAddress: [UInt16]](
        uniqueKeysWithValues: [(SimulatedProxy.address, [443, 8443])])
    private static let connect = request()
    private static let agreeing = "HTTP/1.1 200 Connection established\r\n\(Texts.date)\r\n"
    private static let bulk = Texts.bulk(60_000)

    private static func request(_ target: String = "a:443", _ fields: String = "") -> String {
        "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\(fields)\r\n"
    }

    private static func exchange(
        _ name: String, client: [ScriptStep], origin: [ScriptStep]
    ) -> Exchange {
        Exchange(name, client: client, origin: origin).with { $0.options.connectPorts = ports }
    }

    /// A tunnel through which `pong` comes, after a request and an answer of other forms.
    private static func odd(
        _ name: String, sent: String = connect, forwarded: String = connect,
        answer: String = agreeing, received: String = agreeing
    ) -> Exchange {
        exchange(
            name,
            client: [
                .send(sent), .receive(received + "pong"), .send("ping"), .receiveEnd, .close,
            ],
            origin: [.receive(forwarded), .send(answer + "pong"), .receive("ping"), .close])
    }

    static let tunnels: [Exchange] =
        [
            exchange(
                "CONNECT, and bytes right behind both heads",
                client: [
                    .send(connect + "ping"), .receive(agreeing + "pong"), .send("more"),
                    .receive("bye"), .receiveEnd, .close,
                ],
                origin: [
                    .receive(connect), .send(agreeing + "pong"), .receive("pingmore"), .send("bye"),
                    .close,
                ]),
            exchange(
                "CONNECT, and much in both directions",
                client: [
                    .send(connect + bulk), .receive(agreeing + bulk), .finishSending, .receiveEnd,
                ],
                origin: [
                    .receive(connect), .send(agreeing + bulk), .receive(bulk), .receiveEnd, .close,
                ]
            ),
            exchange(
                "CONNECT, and the client ends first",
                client: [
                    .send(connect), .receive(agreeing), .send("x"), .finishSending,
                    .receive("late"),
                    .receiveEnd,
                ],
                origin: [
                    .receive(connect), .send(agreeing), .receive("x"), .receiveEnd, .send("late"),
                    .close,
                ]),
            exchange(
                "CONNECT, and the server ends first",
                client: [
                    .send(connect), .receive(agreeing + "x"), .receiveEnd, .send("late"), .close,
                ],
                origin: [
                    .receive(connect), .send(agreeing + "x"), .finishSending, .receive("late"),
                    .receiveEnd, .close,
                ]),
            exchange(
                "CONNECT, and 1xx before the 2xx",
                client: [.send(connect), .receive(hints + agreeing + "pong"), .receiveEnd, .close],
                origin: [
                    .receive(connect), .send("HTTP/1.1 100 Continue\r\n\r\n" + hints),
                    .send(agreeing + "pong"), .close,
                ]),
            exchange(
                "CONNECT behind another request",
                client: [
                    .send(Texts.get()), .receive(Texts.ok()), .pause(seconds: 1), .send(connect),
                    .receive(agreeing + "pong"), .receiveEnd, .close,
                ], origin: []
            ).with {
                $0.origin = [
                    [.receive(Texts.get()), .send(Texts.ok()), .close],
                    [.receive(connect), .send(agreeing + "pong"), .close],
                ]
            },
            odd("CONNECT to another port", sent: request("b:8443"), forwarded: request("b:8443")),
            odd(
                "CONNECT to an IPv6 address", sent: request("[::1]:443"),
                forwarded: request("[::1]:443")),
            odd(
                "CONNECT in HTTP/1.0 without Host", sent: "CONNECT a:443 HTTP/1.0\r\n\r\n"),
            odd(
                "CONNECT with the Host of somebody else",
                sent: "CONNECT a:443 HTTP/1.1\r\nHost: b\r\n\r\n"),
            odd(
                "CONNECT with Upgrade, which does not go on",
                sent: request("a:443", "Connection: upgrade\r\nUpgrade: foo\r\n")),
            odd(
                "a password for a proxy, which is ours and does not go on",
                sent: request("a:443", "Proxy-Authorization: Basic YTpi\r\n")),
            odd("an answer of HTTP/1.0", answer: agreeing.replacing("1.1", with: "1.0")),
            odd(
                "204", answer: "HTTP/1.1 204 No Content\r\n\(Texts.date)\r\n",
                received: "HTTP/1.1 204 No Content\r\n\(Texts.date)\r\n"),
            odd(
                "299", answer: "HTTP/1.1 299 Odd\r\n\(Texts.date)\r\n",
                received: "HTTP/1.1 299 Odd\r\n\(Texts.date)\r\n"),
        ]
        + [
            "Content-Length: 5\r\n", "Content-Length: 5, 6\r\n", "Content-Length: x\r\n",
            "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Connection: close\r\n",
        ].map { field in
            odd("a 2xx with \(field)", answer: agreeing.dropLast() + "\(field)\r\n")
        }

    private static let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"

    /// What a server says instead, and what the client gets. What came behind CONNECT is no
    /// request, though it looks like one.
    private static func refusal(_ name: String, _ answer: String, _ received: String) -> Exchange {
        exchange(
            name,
            client: [.send(connect + Texts.get("/evil")), .receive(received), .receiveEnd],
            origin: [.receive(connect), .send(answer), .receiveEnd])
    }

    static let refusals: [Exchange] =
        ["300 Any", "302 Found", "403 Forbidden", "407 Who Are You", "500 Oh", "999 Odd"].map {
            let head = "HTTP/1.1 \($0)\r\n\(Texts.date)Content-Length: 2\r\n"
            return refusal($0, "\(head)\r\nno", "\(head)Connection: close\r\n\r\nno")
        } + [
            refusal(
                "a refusal until the end of the connection",
                "HTTP/1.0 403 Forbidden\r\n\(Texts.date)\r\n",
                "HTTP/1.1 403 Forbidden\r\n\(Texts.date)Transfer-Encoding: chunked\r\n"
                    + "Connection: close\r\n\r\n0\r\n\r\n"
            ).with { $0.origin[0][2] = .close },
            refusal(
                "101, which CONNECT does not ask for",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n",
                Texts.failure("502 Bad Gateway")),
            refusal(
                "two lengths in a refusal",
                "HTTP/1.1 403 Forbidden\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                Texts.failure("502 Bad Gateway")),
            refusal("no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", Texts.failure("502 Bad Gateway"))
                .with { $0.origin[0].removeLast() },
        ]

    private static func answered(
        _ name: String, _ status: String, _ request: String,
        ports: [SocketAddress: [UInt16]] = ports
    ) -> Exchange {
        let allow = "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"
        let answer = Texts.failure(status).replacing(
            "Connection:", with: (status.hasPrefix("405") ? allow : "") + "Connection:")
        return Exchange(
            name,
            client: [.send(request + Texts.get("/evil")), .receive(answer), .receiveEnd],
            origins: []
        ).with { $0.options.connectPorts = ports }
    }

    static let forbidden: [Exchange] = [
        answered("no port allowed", "405 Method Not Allowed", connect, ports: [:]),
        answered(
            "an empty list", "405 Method Not Allowed", connect,
            ports: [SimulatedProxy.address: []]),
        answered(
            "ports of another listener", "405 Method Not Allowed", connect,
            ports: [SimulatedProxy.deadAddress: [443]]),
        answered("port 22", "403 Forbidden", request("a:22")),
        answered("port 442", "403 Forbidden", request("a:442")),
        answered("port 444", "403 Forbidden", request("a:444")),
        answered("port 0", "403 Forbidden", request("a:0")),
        answered("no port", "400 Bad Request", request("a")),
        answered("an empty port", "400 Bad Request", request("a:")),
        answered("a URI", "400 Bad Request", request("http://a:443/")),
        answered("a path", "400 Bad Request", request("/")),
        answered("a user", "400 Bad Request", request("u@a:443")),
        answered("no Host", "400 Bad Request", "CONNECT a:443 HTTP/1.1\r\n\r\n"),
        answered(
            "two Hosts", "400 Bad Request", request("a:443", "Host: a:443\r\n")),
        answered("no body", "400 Bad Request", request("a:443", "Content-Length: 0\r\n")),
        answered("a body", "400 Bad Request", request("a:443", "Content-Length: 5\r\n") + "hello"),
        answered(
            "chunks", "400 Bad Request",
            request("a:443", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
        answered(
            "both", "400 Bad Request",
            request("a:443", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")),
        answered("TRACE", "405 Method Not Allowed", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    static let unanswered: [Exchange] = [
        exchange(
            "CONNECT that the server does not answer",
            client: [
                .send(connect + "early"), .receive(Texts.failure("504 Gateway Timeout")),
                .receiveEnd,
            ],
            origin: [.receive(connect), .receiveEnd]
        ).with { $0.seconds = 60...60.3 },
        exchange(
            "CONNECT that the server answers with its end",
            client: [.send(connect), .receive(Texts.failure("502 Bad Gateway")), .receiveEnd],
            origin: [.receive(connect), .close]),
        exchange(
            "a client that leaves before the tunnel is there",
            client: [.send(connect), .pause(seconds: 1), .reset],
            origin: [.receive(connect), .receiveEnd]),
    ]

    private static let broken: [Exchange] = [
        exchange(
            "a reset of the server",
            client: [.send(connect), .receive(agreeing + "pong"), .receiveCut(of: "")],
            origin: [.receive(connect), .send(agreeing + "pong"), .pause(seconds: 1), .reset]),
        exchange(
            "a reset of the client",
            client: [.send(connect), .receive(agreeing + "pong"), .reset],
            origin: [.receive(connect), .send(agreeing + "pong"), .receiveEnd]),
        exchange(
            "silence",
            client: [.send(connect), .receive(agreeing), .receiveCut(of: "")],
            origin: [.receive(connect), .send(agreeing), .receiveEnd]
        ).with {
            $0.options.tunnelIdle = .seconds(20)
            $0.seconds = 20...20.3
        },
    ]
}
