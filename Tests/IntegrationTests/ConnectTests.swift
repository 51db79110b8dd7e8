import Glibc
import Testing

/// CONNECT over sockets, with a listener that allows it for port 443.
@Suite("CONNECT", .timeLimit(.minutes(1)))
struct ConnectTests {
    private static let connect = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"
    private static let agreeing = "HTTP/1.1 200 Connection established\r\n\r\n"

    private func proxy(_ origin: ScriptedOrigin, ports: String = "[443]") throws -> RunningProxy {
        try RunningProxy(
            file: """
                threads: 2
                log_level: debug
                listeners: [{address: 127.0.0.1:0, connect_ports: \(ports)}]
                upstreams: {app: {servers: [127.0.0.1:\(origin.port)], host_header: other}}

                """)
    }

    @Test("goes on as it came, and opens a tunnel when the server agrees, not before")
    func tunnel() throws {
        let gate = Gate()
        let origin = try ScriptedOrigin { connection in
            let head = try connection.wire.readHead()
            guard head?.method == "CONNECT", head?.target == "a:443", head?["host"] == "a:443"
            else { throw HarnessError("another head") }
            guard connection.wire.staysQuiet(forSeconds: 0.1) else {
                throw HarnessError("bytes came before the tunnel was there")
            }
            gate.open()
            try connection.wire.send(ConnectTests.agreeing + "welcome")
            let bytes = try connection.wire.take(5)
            try connection.wire.send([0x3e] + bytes)
            try connection.stall()
        }
        let proxy = try proxy(origin)
        let client = try proxy.connect()
        try client.send(ConnectTests.connect + "\u{0}\u{1}\r\n\n")
        gate.wait()
        let head = try #require(try client.readHead())
        #expect(head.status == 200)
        #expect(head.values("connection").isEmpty && head.values("content-length").isEmpty)
        #expect(try client.take(13) == Array("welcome>\u{0}\u{1}\r\n\n".utf8))
        #expect(origin.failures.isEmpty)
        client.close()
        let log = try proxy.accessLog(count: 1)
        #expect(log[0]["status"] == "200")
    }

    @Test("passes the end of each direction on by itself", arguments: [true, false])
    func halves(clientFirst: Bool) throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send(ConnectTests.agreeing)
            if !clientFirst {
                try connection.wire.send("cba")
                connection.wire.finishSending()
            }
            let bytes = try connection.wire.takeAll()
            if clientFirst { try connection.wire.send(bytes.reversed()) }
            guard bytes == Array("abc".utf8) else { throw HarnessError("other bytes") }
        }
        let proxy = try proxy(origin)
        let client = try proxy.connect()
        try client.send(ConnectTests.connect)
        #expect(try client.readHead()?.status == 200)
        if clientFirst {
            try client.send("abc")
            client.finishSending()
            #expect(try client.takeAll() == Array("cba".utf8))
        } else {
            #expect(try client.takeAll() == Array("cba".utf8))
            try client.send("abc")
            client.finishSending()
        }
        #expect(eventually { origin.openCount == 0 })
        #expect(origin.failures.isEmpty)
    }

    @Test("ends on both sides where one breaks", arguments: [true, false])
    func broken(byClient: Bool) throws {
        let gate = Gate()
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send(ConnectTests.agreeing)
            guard !byClient else { return try connection.stall() }
            gate.wait()
            connection.wire.reset()
        }
        let proxy = try proxy(origin)
        let start = try #require(proxy.process.descriptorCount)
        let client = try proxy.connect()
        try client.send(ConnectTests.connect)
        #expect(try client.readHead()?.status == 200)
        if byClient {
            client.reset()
        } else {
            gate.open()
            #expect(try client.takeAll().isEmpty)
        }
        #expect(eventually { origin.openCount == 0 })
        client.close()
        #expect(proxy.returns(toDescriptors: start))
    }

    @Test(
        "that the server refuses ends the connection, whatever came behind it",
        arguments: [
            ("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403),
            ("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno", 407),
            ("HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", 302),
            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 502),
        ])
    func refusedByServer(answer: String, status: Int) throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send(answer)
            try connection.stall()
        }
        let proxy = try proxy(origin)
        let client = try proxy.connect()
        try client.send(ConnectTests.connect + "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try client.readResponse()
        #expect(response.status == status)
        #expect(response["connection"] == "close")
        #expect(response.values("proxy-authenticate").isEmpty)
        client.finishSending()
        #expect(try client.takeAll().isEmpty)
        #expect(origin.acceptCount == 1)
        #expect(origin.requests.map(\.target) == ["a:443"])
    }

    @Test(
        "is refused before a server hears of it",
        arguments: [
            ("CONNECT a:22 HTTP/1.1\r\nHost: a:22\r\n\r\n", 403),
            ("CONNECT a:443 HTTP/1.1\r\n\r\n", 400),
            ("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 5\r\n\r\nhello", 400),
            ("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 0\r\n\r\n", 400),
            (
                "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "0\r\n\r\n", 400
            ),
            ("CONNECT a:443 HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ])
    func refused(request: String, status: Int) throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try proxy(origin)
        let client = try proxy.connect()
        try client.send(request + "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readResponse(to: "CONNECT").status == status)
        client.finishSending()
        #expect(try client.takeAll().isEmpty)
        #expect(origin.acceptCount == 0)
    }

    @Test("follows what the file allows, after a reload", arguments: [true, false])
    func reload(allowsLater: Bool) throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send(ConnectTests.agreeing)
        }
        let directory = try TemporaryDirectory()
        let port = try TCPSocket.freePort()
        func file(_ ports: String) throws -> String {
            try directory.write(
                "lb.yaml",
                """
                listeners: [{address: 127.0.0.1:\(port), connect_ports: \(ports)}]
                upstreams: {app: {servers: [127.0.0.1:\(origin.port)]}}

                """)
        }
        let proxy = try RunningProxy(["-c", file(allowsLater ? "[80]" : "[443]")], in: directory)
        func status() throws -> Int {
            let client = try proxy.connect()
            try client.send(ConnectTests.connect)
            return try client.readHead()?.status ?? 0
        }
        #expect(try status() == (allowsLater ? 403 : 200))
        _ = try file(allowsLater ? "[443]" : "[]")
        proxy.process.signal(SIGHUP)
        #expect(try eventually { try status() == (allowsLater ? 200 : 405) })
    }

    @Test("leads to the route of its host, and of no path")
    func routes() throws {
        let (one, two) = try (origin(named: "one"), origin(named: "two"))
        let proxy = try RunningProxy(
            file: """
                listeners: [{address: 127.0.0.1:0, connect_ports: [443]}]
                upstreams:
                  one: {servers: [127.0.0.1:\(one.port)]}
                  two: {servers: [127.0.0.1:\(two.port)]}
                routes:
                  - {match: {host: b}, upstream: two}
                  - {match: {path_prefix: /x}, upstream: two}
                  - {match: {host: a}, upstream: one}

                """)
        for (request, name) in [
            ("CONNECT a:443 HTTP/1.1\r\nHost: b\r\n\r\n", "one"),
            ("CONNECT b:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "two"),
        ] {
            let client = try proxy.connect()
            try client.send(request)
            #expect(try client.readHead()?.status == 200)
            #expect(String(decoding: try client.takeAll(), as: UTF8.self) == name)
        }
        #expect(try proxy.exchange("CONNECT c:443 HTTP/1.1\r\nHost: c:443\r\n\r\n").status == 404)
    }

    private func origin(named name: String) throws -> ScriptedOrigin {
        try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send(ConnectTests.agreeing + name)
        }
    }
}
