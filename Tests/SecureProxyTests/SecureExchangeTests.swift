import PingoraTLS
import TLSFixtures
import Testing

@testable import PingoraCore
@testable import PingoraProxy

/// Whole exchanges with TLS on both sides, over real sockets.
@Suite("Exchanges over TLS")
struct SecureExchangeTests {
    private let credentials: Credentials
    private let origin: TestOrigin
    private let proxy: SecureProxy

    init() throws {
        credentials = try Credentials()
        origin = try TestOrigin(credentials.origin)
        proxy = try SecureProxy(
            TestProxy(HTTPPeer(origin.address, try credentials.upstream())), credentials.proxy)
    }

    @Test("a request goes through both sides, and the session knows what the client's agreed on")
    func details() throws {
        let test = try TestLoop()
        let client = try TestClient(test, to: proxy.address, credentials.client)
        let response = try client.get("/a")
        #expect(response.head.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(response.body == "GET /a 0 0\n")
        let plain = try TestClient(test, to: proxy.plainAddress)
        #expect(try plain.get("/b").body == "GET /b 0 0\n")
        let logged = try proxy.logged(2, test)
        #expect(logged[0].isSecure && !logged[1].isSecure)
        #expect(logged[0].details?.version == "TLSv1.3")
        #expect(logged[0].details?.serverName == "app.test")
        #expect(logged[1].details == nil)
        #expect(logged[1].isReused)
        #expect(origin.handshakeCount == 1)
    }

    @Test("a plain client after a secure one from the same host inherits nothing of it")
    func inheritance() throws {
        let test = try TestLoop()
        for _ in 0..<3 {
            let secure = try TestClient(test, to: proxy.address, credentials.client)
            _ = try secure.get("/", "Connection: close\r\n")
            #expect(try secure.rest() == ("", .announced))
            let plain = try TestClient(test, to: proxy.plainAddress)
            _ = try plain.get("/", "Connection: close\r\n")
            #expect(try plain.rest() == ("", .announced))
        }
        let logged = try proxy.logged(6, test)
        #expect(logged.map(\.isSecure) == [true, false, true, false, true, false])
        #expect(logged.allSatisfy { ($0.details != nil) == $0.isSecure })
    }

    @Test("pipelined requests are answered in their order")
    func pipelining() throws {
        let test = try TestLoop()
        let client = try TestClient(test, to: proxy.address, credentials.client)
        let requests = (0..<200).map { "GET /\($0) HTTP/1.1\r\nHost: app.test\r\n\r\n" }
        try client.send(requests.joined())
        for index in 0..<200 {
            #expect(try client.response().body == "GET /\(index) 0 0\n")
        }
    }

    @Test("large bodies pass both ways, each byte in its place", arguments: [1, 16_384, 4_000_000])
    func large(size: Int) throws {
        let test = try TestLoop()
        let bytes = TestOrigin.pattern(size)
        let client = try TestClient(test, to: proxy.address, credentials.client)
        try client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
        try client.send(bytes)
        let sum = bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff_ffff }
        #expect(try client.response().body == "POST /up \(size) \(sum)\n")
        try client.send("GET /large/\(size) HTTP/1.1\r\nHost: a\r\n\r\n")
        let body = try test.run {
            let deadline = test.deadline
            let head = try await client.connection.readHead(until: deadline)
            return try await client.connection.readBytes(head.contentLength, until: deadline)
        }
        #expect(body == bytes)
    }

    @Test("a tunnel carries both ways, and each direction ends alone")
    func tunnel() throws {
        let test = try TestLoop()
        let client = try TestClient(test, to: proxy.address, credentials.client)
        try client.send(
            "GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        #expect(try client.response().head.hasPrefix("HTTP/1.1 101 "))
        for size in [1, 5000, 300_000] {
            let bytes = TestOrigin.pattern(size)
            test.start { try? await client.connection.sendAll(bytes, until: test.deadline) }
            let echo = try test.run {
                try await client.connection.readBytes(size, until: test.deadline)
            }
            #expect(echo == bytes)
        }
        try client.send("last")
        client.connection.finishSending()
        #expect(try client.rest() == ("last", .announced))
    }

    @Test("a plain request on a secure port is told so, in plain text")
    func plainRequest() throws {
        let test = try TestLoop()
        for method in ["GET", "POST", "HEAD"] {
            let client = try TestClient(test, to: proxy.address)
            try client.send("\(method) / HTTP/1.1\r\nHost: app.test\r\n\r\n")
            let (text, ending) = try client.rest()
            #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(text.contains("\r\nConnection: close\r\n"))
            #expect(
                text.hasSuffix(
                    "\r\n\r\nA plain HTTP request was sent to a port that speaks HTTPS.\n"))
            #expect(ending == .announced)
        }
        let client = try TestClient(test, to: proxy.address, credentials.client)
        #expect(try client.get("/a").body == "GET /a 0 0\n")
    }

    @Test("curl and openssl are served, with either version")
    func foreign() throws {
        let port = proxy.address.port
        let curl =
            "curl -sS --max-time 10 --noproxy '*' --cacert \(credentials.authorityPath) "
            + "--resolve app.test:\(port):127.0.0.1"
        let urls = "https://app.test:\(port)/1 https://app.test:\(port)/2"
        for version in ["--tlsv1.3", "--tls-max 1.2", "--http2"] {
            let text = try ShellCommand.output("\(curl) \(version) -w '%{num_connects}\\n' \(urls)")
            #expect(text == "GET /1 0 0\n1\nGET /2 0 0\n0\n", "\(version)")
        }
        let openssl = try ShellCommand.output(
            "printf 'GET /s HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | timeout 10 "
                + "openssl s_client -quiet -connect 127.0.0.1:\(port) -servername app.test "
                + "-verify_return_error -CAfile \(credentials.authorityPath)")
        #expect(openssl.contains("HTTP/1.1 200 OK"))
        #expect(openssl.contains("GET /s 0 0"))
    }
}
