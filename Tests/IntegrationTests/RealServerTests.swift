import Testing

/// What servers and clients in use do with each other, with the proxy in between.
@Suite("nginx behind the proxy")
struct RealServerTests {
    private static let text = String(repeating: "Pack my box with five dozen jugs.\n", count: 3000)
    private static let locations = """
        location /gzip { gzip on; gzip_types text/plain; gzip_proxied any; try_files /text =404; }
        location /limited { client_max_body_size 1k; return 200 "taken"; }
        location /moved { return 301 /text; }
        location /none { return 204; }
        location /close { keepalive_timeout 0; return 200 "closing"; }
        """

    private func start() throws -> (proxy: RunningProxy, origin: NginxOrigin) {
        let origin = try NginxOrigin("A", locations: RealServerTests.locations)
        try origin.write("text", RealServerTests.text)
        return (try RunningProxy(upstreams: [origin.port]), origin)
    }

    @Test("answers HEAD, conditional and range requests on one connection")
    func files() throws {
        let (proxy, origin) = try start()
        let client = try proxy.connect()
        let size = RealServerTests.text.utf8.count
        func ask(_ line: String, _ fields: String = "") throws -> Message {
            try client.send("\(line) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
            return try client.readResponse(to: String(line.prefix { $0 != " " }))
        }
        let whole = try ask("GET /text")
        #expect(whole.text == RealServerTests.text)
        #expect(try ask("HEAD /text").contentLength == size)
        let tag = try #require(whole["etag"])
        let unchanged = try ask("GET /text", "If-None-Match: \(tag)\r\n")
        #expect(unchanged.status == 304)
        let part = try ask("GET /text", "Range: bytes=8-10\r\n")
        #expect(part.status == 206)
        #expect(part.text == "box")
        #expect(part["content-range"] == "bytes 8-10/\(size)")
        #expect(try ask("GET /none").status == 204)
        #expect(try ask("GET /moved")["location"]?.hasSuffix("/text") == true)
        #expect(try ask("GET /missing").status == 404)
        #expect(try ask("GET /text").text == RealServerTests.text)
        #expect(eventually { origin.connections.count == 8 })
        #expect(Set(origin.connections).count == 1)
    }

    @Test("compresses in chunks, which curl unpacks")
    func compressed() throws {
        let (proxy, origin) = try start()
        let curl = try ChildProcess(
            "/usr/bin/curl",
            ["-sv", "--compressed", "--max-time", "20", "http://127.0.0.1:\(proxy.port)/gzip"],
            in: TemporaryDirectory())
        #expect(curl.waitForExit() == .code(0))
        #expect(curl.output == RealServerTests.text)
        #expect(curl.errors.lowercased().contains("transfer-encoding: chunked"))
        withExtendedLifetime(origin) {}
    }

    @Test("refuses a body that is too large while it still comes")
    func tooLarge() throws {
        let (proxy, origin) = try start()
        let directory = try TemporaryDirectory()
        let body = try directory.write("body", String(repeating: "x", count: 5_000_000))
        let curl = try ChildProcess(
            "/usr/bin/curl",
            [
                "-s", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Expect:",
                "--data-binary", "@\(body)", "http://127.0.0.1:\(proxy.port)/limited",
            ], in: directory)
        _ = curl.waitForExit()
        #expect(curl.output == "413")
        #expect(try proxy.get("/text").text == RealServerTests.text)
        withExtendedLifetime(origin) {}
    }

    @Test("closes after each response, which clients do not see")
    func closing() throws {
        let (proxy, origin) = try start()
        let client = try proxy.connect()
        for _ in 0..<5 {
            try client.send("GET /close HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readResponse().text == "closing")
        }
        #expect(eventually { Set(origin.connections).count == 5 })
    }

    @Test("goes away and comes back, and the proxy with it")
    func restarted() throws {
        let port = try TCPSocket.freePort()
        let proxy = try RunningProxy(upstreams: [port])
        for round in 0..<3 {
            let origin = try NginxOrigin("\(round)", port: port)
            for _ in 0..<3 { #expect(try proxy.get().text == "\(round)") }
            origin.process.signal(9)
            _ = origin.process.waitForExit()
            #expect(try proxy.get().status == 502)
        }
    }
}
