import Testing

@Suite("The access log")
struct AccessLogTests {
    @Test(
        "has one line for each request, whatever the client puts into it",
        arguments: [
            "/a\"b", "/a\\b", "/a%0astatus=200", "/a=b&status=500", "/'", "/status=500",
        ])
    func forged(target: String) throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        let status = try client.readResponse().status
        _ = try proxy.get("/second")
        let log = try proxy.accessLog(count: status == 200 ? 2 : 1)
        #expect(log.count == (status == 200 ? 2 : 1))
        #expect(log.filter { $0["target"] == "/second" }.count == 1)
        #expect(log.allSatisfy { $0["status"] == "200" && $0["method"] == "GET" })
        #expect(log.allSatisfy { $0.text.utf8.allSatisfy { 0x20..<0x7f ~= $0 } })
    }

    @Test("says what was sent, where it came from and how long it took")
    func fields() throws {
        let origin = try ScriptedOrigin(
            answering: "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnone\r\n0\r\n\r\n"
        )
        let proxy = try RunningProxy(upstreams: [origin.port])
        _ = try proxy.exchange(
            "PUT /a?b HTTP/1.1\r\nHost: b.example:1\r\nConnection: close\r\n\r\n")
        let line = try proxy.accessLog(count: 1)[0]
        #expect(line["client"] == "127.0.0.1")
        #expect(line["method"] == "PUT")
        #expect(line["target"] == "/a?b")
        #expect(line["host"] == "b.example:1")
        #expect(line["status"] == "404")
        #expect(line["sent"] == "4")
        #expect(line["upstream"] == "127.0.0.1:\(origin.port)")
        #expect(line["tries"] == "1")
        #expect(Double(line["ms"]) != nil)
        #expect(line["error"].isEmpty)
    }

    @Test("has a line for a request that failed, with the reason")
    func failed() throws {
        let dead = try ReservedPort()
        let proxy = try RunningProxy(upstreams: [dead.port])
        _ = try proxy.get("/lost")
        let line = try proxy.accessLog(count: 1)[0]
        #expect(line["target"] == "/lost")
        #expect(line["status"] == "502")
        #expect(line.text.contains("connection refused"))
    }

    @Test("has everything when the process has ended")
    func complete() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(upstreams: [origin.port])
        for number in 0..<50 { _ = try proxy.get("/\(number)") }
        proxy.process.signal(15)
        #expect(proxy.process.waitForExit() == .code(0))
        let targets = try proxy.accessLog(count: 50).map { $0["target"] }
        #expect(targets.sorted() == (0..<50).map { "/\($0)" }.sorted())
    }
}
