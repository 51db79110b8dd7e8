import Testing

/// The walk through the program that a new user takes, against nginx.
@Suite("pingora-lb, step by step")
struct AcceptanceTests {
    @Test("alternates strictly between two servers, and logs which one it chose")
    func alternates() throws {
        let (first, second) = (try NginxOrigin("A"), try NginxOrigin("B"))
        let proxy = try RunningProxy(upstreams: [first.port, second.port])
        let answers = try (0..<10).map { try proxy.get("/?\($0)") }
        #expect(answers.allSatisfy { $0.status == 200 })
        let names = answers.map(\.text)
        #expect(names == (0..<10).map { names[$0 % 2] })
        #expect(Set(names) == ["A", "B"])
        let ports = ["A": first.port, "B": second.port]
        let log = try proxy.accessLog(count: 10)
        for (number, name) in names.enumerated() {
            let line = log.first { $0["target"] == "/?\(number)" }
            #expect(line?["upstream"] == "127.0.0.1:\(ports[name] ?? 0)")
        }
        #expect(log.allSatisfy { $0["status"] == "200" && $0["tries"] == "1" })
    }

    @Test("answers curl over IPv4 and a real client's fields")
    func curl() throws {
        let origin = try NginxOrigin("A")
        let proxy = try RunningProxy(upstreams: [origin.port])
        let directory = try TemporaryDirectory()
        let curl = try ChildProcess(
            "/usr/bin/curl", ["-sv", "--max-time", "20", "http://127.0.0.1:\(proxy.port)/"],
            in: directory)
        #expect(curl.waitForExit() == .code(0))
        #expect(curl.output == "A")
        #expect(curl.errors.contains("< HTTP/1.1 200 OK"))
    }

    @Test("passes the client's Host on")
    func host() throws {
        let origin = try NginxOrigin("A")
        let proxy = try RunningProxy(upstreams: [origin.port])
        let answer = try proxy.exchange("GET / HTTP/1.1\r\nHost: example.com:81\r\n\r\n")
        #expect(answer["x-host"] == "example.com:81")
    }

    @Test("reuses upstream connections: a second batch makes no new ones")
    func reuse() throws {
        let (first, second) = (try NginxOrigin("A"), try NginxOrigin("B"))
        // With one loop: a second one may want a connection before the first has given it back,
        // which is only a moment after the client has its answer.
        let proxy = try RunningProxy(upstreams: [first.port, second.port], ["--threads", "1"])
        for _ in 0..<10 { _ = try proxy.get() }
        for _ in 0..<10 { #expect(try proxy.get().status == 200) }
        #expect(eventually { first.connections.count == 10 && second.connections.count == 10 })
        #expect(Set(first.connections).count == 1)
        #expect(Set(second.connections).count == 1)
    }

    @Test("does not let the client notice that a server dropped an idle connection")
    func droppedIdle() throws {
        let origin = try ScriptedOrigin { connection in
            // Keep-alive is promised, and then the connection ends.
            guard let request = try connection.nextRequest() else { return }
            try connection.answer(request)
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        for number in 1...20 {
            try client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.readResponse()
            #expect(answer.status == 200)
            #expect(answer.text == "GET /\(number)\n")
        }
        #expect(origin.requests.count == 20)
    }

    @Test("asks another server where one of three is dead, and no client notices")
    func failover() throws {
        let (first, second) = (try NginxOrigin("A"), try NginxOrigin("B"))
        let dead = try ReservedPort()
        let proxy = try RunningProxy(upstreams: [first.port, second.port, dead.port])
        for _ in 0..<12 { #expect(try proxy.get().status == 200) }
        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"
        for _ in 0..<3 { #expect(try proxy.exchange(post).status != 502) }
        let tries = try proxy.accessLog(count: 15).map { $0["tries"] }
        #expect(Set(tries) == ["1", "2"])
    }

    @Test("answers exactly every third request with 502 where failover is off, as the seed does")
    func oneDead() throws {
        let (first, second) = (try NginxOrigin("A"), try NginxOrigin("B"))
        let dead = try ReservedPort()
        let servers = [first.port, second.port, dead.port].map { "127.0.0.1:\($0)" }
        let proxy = try RunningProxy(
            file: """
                threads: 2
                listeners: [127.0.0.1:0]
                upstreams:
                  app: { failover: false, servers: [\(servers.joined(separator: ", "))] }
                """)
        let answers = try (0..<12).map { _ in try proxy.get() }
        let statuses = answers.map(\.status)
        #expect(statuses.filter { $0 == 502 }.count == 4)
        #expect(statuses.filter { $0 == 200 }.count == 8)
        #expect(statuses == (0..<12).map { statuses[$0 % 3] })
        for answer in answers where answer.status == 502 {
            #expect(answer.body.isEmpty)
            #expect(answer.contentLength == 0)
            #expect(answer["connection"] == "close")
        }
        let names = answers.filter { $0.status == 200 }.map(\.text)
        #expect(names == (0..<8).map { names[$0 % 2] })
    }

    @Test("lives on while all servers are down, and recovers by itself")
    func allDown() throws {
        let reserved = try [ReservedPort(), ReservedPort(), ReservedPort()]
        let ports = reserved.map(\.port)
        let proxy = try RunningProxy(upstreams: ports)
        for _ in 0..<30 { #expect(try [502, 503].contains(proxy.get().status)) }
        #expect(proxy.process.isAlive)
        let origins = try ports.indices.map { index in
            reserved[index].close()
            return try NginxOrigin("\(index)", port: ports[index])
        }
        let names = try (0..<3).map { _ in try proxy.get().text }
        #expect(Set(names) == ["0", "1", "2"])
        #expect(origins.allSatisfy { $0.process.isAlive })
    }

    @Test("stops at once on SIGINT and in peace on SIGTERM", arguments: [("INT", 2), ("TERM", 15)])
    func stops(name: String, signal: Int32) throws {
        let origin = try NginxOrigin("A")
        let proxy = try RunningProxy(upstreams: [origin.port])
        #expect(try proxy.get().status == 200)
        proxy.process.signal(signal)
        #expect(proxy.process.waitForExit() == .code(0))
        #expect(proxy.process.errors.contains("event=stopped"))
    }

    @Test("finishes the response under way on SIGTERM, to the last byte")
    func finishes() throws {
        let gate = Gate()
        let origin = try ScriptedOrigin { connection in
            _ = try connection.nextRequest()
            try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfour")
            gate.wait()
            try connection.wire.send("more")
        }
        let proxy = try RunningProxy(upstreams: [origin.port])
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.take(through: "four")
        proxy.process.signal(15)
        #expect(eventually { proxy.process.errors.contains("event=stopping") })
        #expect(eventually(within: 2) { (try? proxy.connect()) == nil })
        #expect(proxy.process.isAlive)
        gate.open()
        #expect(try client.takeAll() == Array("more".utf8))
        #expect(proxy.process.waitForExit() == .code(0))
    }
}
