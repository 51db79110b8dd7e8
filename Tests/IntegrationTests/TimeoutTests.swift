import Glibc
import Testing

/// What happens to those who take too long. Every test waits for an event, never for a time.
@Suite("Timeouts")
struct TimeoutTests {
    @Test("answer a head that drips with 408 when its time is over, whatever comes meanwhile")
    func clientHeader() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "timeouts: { client_header: 500ms }")
        let client = try proxy.connect()
        var count = 0
        // A byte every 50 ms would last for ever if each one renewed the deadline.
        while count < 200, client.staysQuiet(forSeconds: 0.05) {
            try client.send(count == 0 ? "GET /" : "x")
            count += 1
        }
        #expect(count < 200)
        let answer = try client.readResponse()
        #expect(answer.status == 408)
        #expect(answer["connection"] == "close")
        client.finishSending()
        _ = try client.waitForEnd()
        #expect(origin.acceptCount == 0)
        #expect(try proxy.get("/next").text == "GET /next\n")
    }

    @Test("close connections on which nothing was ever sent, without a word")
    func clientIdle() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "timeouts: { client_idle: 200ms }")
        let start = try #require(proxy.process.descriptorCount)
        let clients = try (0..<20).map { _ in try proxy.connect() }
        for client in clients { #expect(try client.takeAll().isEmpty) }
        #expect(clients.allSatisfy { $0.ending == .closed })
        #expect(proxy.returns(toDescriptors: start))
    }

    @Test("close connections that are kept alive for nothing")
    func keptAlive() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "timeouts: { client_idle: 200ms }")
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readResponse().status == 200)
        #expect(try client.takeAll().isEmpty)
        #expect(client.ending == .closed)
    }

    @Test("end a request whose body does not come, on both sides")
    func clientBody() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "hello")
            try connection.stall()
        }
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "timeouts: { client_body: 200ms }")
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
        _ = try client.waitForEnd()
        #expect(eventually { origin.openCount == 0 })
        #expect(try proxy.accessLog(count: 1)[0].text.contains("timed out"))
    }

    @Test("answer 504 for a server that says nothing, and close its connection")
    func firstByte() throws {
        let origin = try ScriptedOrigin { connection in
            guard connection.index == 0 else { return try connection.echo() }
            _ = try connection.nextRequest()
            try connection.stall()
        }
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "timeouts: { upstream_first_byte: 200ms }")
        let answer = try proxy.get()
        #expect(answer.status == 504)
        #expect(answer.body.isEmpty)
        #expect(answer["connection"] == "close")
        #expect(eventually { origin.openCount == 0 })
        #expect(try proxy.get("/next").text == "GET /next\n")
    }

    @Test("answer 504 for a server whose head never ends")
    func endlessHead() throws {
        let origin = try ScriptedOrigin { connection in
            guard connection.index == 0 else { return try connection.echo() }
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 200 OK\r\nX: ")
            // Far longer than the timeout; each byte by itself comes in time.
            for _ in 0..<40 where connection.wire.staysQuiet(forSeconds: 0.05) {
                try connection.wire.send("x")
            }
        }
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "timeouts: { upstream_first_byte: 500ms }")
        let answer = try proxy.get()
        #expect(answer.status == 504)
        #expect(try proxy.get("/next").text == "GET /next\n")
    }

    @Test("cut a response whose server stops in it")
    func upstreamRead() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
            try connection.stall()
        }
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "timeouts: { upstream_read: 200ms }")
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(throws: HarnessError.self) { try client.readResponse() }
        #expect(client.ending == .reset)
        #expect(eventually { origin.openCount == 0 })
    }

    @Test("end a response that its client does not read, and free its server")
    func clientWrite() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            let block = [UInt8](repeating: 0x78, count: 100_000)
            for _ in 0..<1000 { try connection.wire.send(block) }
        }
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "timeouts: { client_write: 300ms }")
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { !origin.failures.isEmpty })
        #expect(try client.waitForEnd() == .reset)
        #expect(try proxy.accessLog(count: 1)[0].text.contains("timed out"))
    }

    @Test("answer 504 where a server takes no connection")
    func connect() throws {
        let origin = try FullListener()
        let proxy = try RunningProxy(upstreams: [origin.port], file: "timeouts: { connect: 200ms }")
        #expect(try proxy.get().status == 504)
    }

    @Test("close upstream connections that nobody needs")
    func upstreamIdle() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "timeouts: { upstream_idle: 200ms }")
        #expect(try proxy.get().status == 200)
        #expect(eventually { origin.openCount == 0 })
        #expect(try proxy.get().status == 200)
        #expect(origin.acceptCount == 2)
    }

    @Test("end a tunnel in which nothing moves")
    func tunnelIdle() throws {
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 101 Go\r\nUpgrade: foo\r\n\r\n")
            try connection.stall()
        }
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "timeouts: { tunnel_idle: 300ms }")
        let client = try proxy.connect()
        try client.send(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n")
        #expect(try client.readHead()?.status == 101)
        let bytes = try client.takeAll()
        #expect(bytes.isEmpty)
        #expect(eventually { origin.openCount == 0 })
    }

    @Test("bound a whole exchange, however lively it is: 504, or a cut in the response")
    func total() throws {
        let origin = try ScriptedOrigin { connection in
            let request = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 103 Early Hints\r\n\r\n")
            if request?.target == "/body" {
                try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            } else {
                try connection.wire.send("HTTP/1.1 200 OK\r\nX: ")
            }
            for _ in 0..<400 where connection.wire.staysQuiet(forSeconds: 0.05) {
                try connection.wire.send("x")
            }
        }
        let proxy = try RunningProxy(upstreams: [origin.port], file: "timeouts: { total: 500ms }")
        #expect(try proxy.get("/head").status == 504)
        let client = try proxy.connect()
        try client.send("GET /body HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(throws: HarnessError.self) { try client.readResponse() }
        #expect(client.ending == .reset)
        #expect(eventually { origin.openCount == 0 })
        let log = try proxy.accessLog(count: 2)
        #expect(log.allSatisfy { $0.text.contains("out of time") })
    }
}

/// A server that is too busy to accept: its queue is full, so that the kernel drops what comes.
private final class FullListener {
    let port: UInt16
    private let number: CInt
    private var waiting: [CInt] = []

    init() throws {
        number = try TCPSocket.bind(to: 0)
        port = TCPSocket.port(of: number)
        listen(number, 0)
        for _ in 0..<8 {
            let client = try TCPSocket.make()
            _ = fcntl(client, F_SETFL, O_NONBLOCK)
            // The first fill the queue; the others wait for ever.
            try? TCPSocket.connect(client, to: port)
            waiting.append(client)
        }
    }

    deinit {
        for client in waiting { close(client) }
        close(number)
    }
}
