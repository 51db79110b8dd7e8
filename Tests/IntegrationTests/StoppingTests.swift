import Glibc
import Testing

/// Ends are compared with the grace period, which is much longer than any machine is slow.
@Suite("Stopping")
struct StoppingTests {
    private static let gracePeriod = 300.0
    /// What a slow machine may take for what it does at once.
    private static let atOnce = 2.0
    private static let file = "grace_period_seconds: 300\ngraceful_shutdown_timeout_seconds: 300"

    @Test("by SIGTERM ends at once when nobody is there", arguments: [false, true])
    func idle(hasClient: Bool) throws {
        let proxy = try RunningProxy(upstreams: [1], file: Self.file)
        let client = hasClient ? try proxy.connect() : nil
        let start = monotonicSeconds()
        proxy.process.signal(SIGTERM)
        #expect(proxy.process.waitForExit() == .code(0))
        report("SIGTERM while idle", since: start)
        if let client { #expect(try client.waitForEnd() == .closed) }
    }

    @Test("by SIGTERM completes the response under way, and ends right after it")
    func graceful() throws {
        let slow = try SlowOrigin()
        let proxy = try RunningProxy(upstreams: [slow.port], file: Self.file)
        let (busy, idle) = (try proxy.connect(), try proxy.connect())
        #expect(try idle.get("/quick")["connection"] == nil)
        try busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        // Its head is sent: nothing can be added to it any more.
        #expect(try busy.receive())

        proxy.process.signal(SIGTERM)
        #expect(try idle.waitForEnd() == .closed)
        let asked = monotonicSeconds()
        #expect(eventually(within: Self.atOnce) { ServiceDirectory.isClosed(proxy.port) })
        report("new connections refused", since: asked)
        #expect(proxy.process.isAlive)

        slow.finish()
        #expect(try busy.readResponse().body == SlowOrigin.body)
        let start = monotonicSeconds()
        #expect(try busy.waitForEnd() == .closed)
        #expect(proxy.process.waitForExit() == .code(0))
        report("SIGTERM, from the last byte", since: start)
    }

    @Test("by SIGTERM says Connection: close in a response that had not begun")
    func announced() throws {
        let slow = try SlowOrigin(headAtOnce: false)
        let proxy = try RunningProxy(upstreams: [slow.port], file: Self.file)
        let client = try proxy.connect()
        try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { slow.origin.requests.count == 1 })
        proxy.process.signal(SIGTERM)
        #expect(eventually { proxy.process.errors.contains("event=stopping") })
        #expect(eventually { ServiceDirectory.isClosed(proxy.port) })
        slow.finish()
        let response = try client.readResponse()
        #expect(response["connection"] == "close")
        #expect(response.body == SlowOrigin.body)
        #expect(try client.waitForEnd() == .closed)
        #expect(proxy.process.waitForExit() == .code(0))
    }

    @Test("by SIGTERM takes a request whose body is still on its way")
    func upload() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port], file: Self.file)
        let client = try proxy.connect()
        try client.send("PUT /up HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234")
        #expect(eventually { origin.receivedCount > 0 })
        proxy.process.signal(SIGTERM)
        #expect(eventually { ServiceDirectory.isClosed(proxy.port) })
        try client.send("56789")
        let response = try client.readResponse()
        #expect(response.text == "PUT /up\n0123456789")
        #expect(response["connection"] == "close")
        #expect(proxy.process.waitForExit() == .code(0))
    }

    @Test("by SIGTERM cuts a response off when the grace period and its addition are over")
    func graceOver() throws {
        let slow = try SlowOrigin()
        let proxy = try RunningProxy(
            upstreams: [slow.port],
            file: "grace_period_seconds: 1\ngraceful_shutdown_timeout_seconds: 1")
        let client = try slowClient(of: proxy)
        let start = monotonicSeconds()
        proxy.process.signal(SIGTERM)
        #expect(throws: HarnessError.self) { try client.readResponse() }
        // Its clock may be a few milliseconds off ours.
        #expect(monotonicSeconds() - start > 1.9)
        #expect(proxy.process.waitForExit() == .code(0))
        #expect(proxy.process.errors.contains("cut="))
    }

    @Test(
        "ends at once, with the response cut off, by SIGINT or a second signal",
        arguments: [[SIGINT], [SIGTERM, SIGTERM], [SIGTERM, SIGINT]])
    func forced(signals: [CInt]) throws {
        let slow = try SlowOrigin()
        let proxy = try RunningProxy(upstreams: [slow.port], file: Self.file)
        let client = try slowClient(of: proxy)
        for (index, signal) in signals.enumerated() {
            // Two of a kind would be one if the first were still waiting.
            #expect(eventually { index == 0 || proxy.process.errors.contains("event=stopping") })
            #expect(proxy.process.isAlive)
            proxy.process.signal(signal)
        }
        let start = monotonicSeconds()
        #expect(proxy.process.waitForExit() == .code(0))
        report("signals \(signals)", since: start)
        #expect(throws: HarnessError.self) { try client.readResponse() }
    }

    /// A client that has got the first part of a response.
    private func slowClient(of proxy: RunningProxy) throws -> RawConnection {
        let client = try proxy.connect()
        try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive())
        return client
    }

    private func report(_ what: String, since start: Double) {
        let seconds = monotonicSeconds() - start
        print("\(what): \(Int(seconds * 1000)) ms")
        #expect(seconds < Self.atOnce, "\(what), of a grace period of \(Self.gracePeriod) s")
    }
}
