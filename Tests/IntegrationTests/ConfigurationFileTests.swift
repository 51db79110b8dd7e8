import Glibc
import Testing

/// `pingora-lb -c lb.yaml`.
@Suite("The configuration file")
struct ConfigurationFileTests {
    @Test("starts a balancer that alternates")
    func alternates() throws {
        let (first, second) = (try NginxOrigin("A"), try NginxOrigin("B"))
        let proxy = try RunningProxy(upstreams: [first.port, second.port], file: "")
        let names = try (0..<10).map { _ in try proxy.get().text }
        #expect(names == (0..<10).map { names[$0 % 2] })
        #expect(Set(names) == ["A", "B"])
        #expect(try proxy.accessLog(count: 10).allSatisfy { $0["status"] == "200" })
    }

    @Test("gives the servers their weights")
    func weights() throws {
        let (first, second) = (try NginxOrigin("A"), try NginxOrigin("B"))
        let proxy = try RunningProxy(
            file: """
                listeners: [127.0.0.1:0]
                upstreams:
                  app:
                    servers:
                      - { address: 127.0.0.1:\(first.port), weight: 3 }
                      - 127.0.0.1:\(second.port)
                """)
        let names = try (0..<40).map { _ in try proxy.get().text }
        #expect(names.filter { $0 == "A" }.count == 30)
        #expect(names.filter { $0 == "B" }.count == 10)
    }

    @Test("sets the Host that servers see, exactly one")
    func host() throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(
            file: """
                listeners: [127.0.0.1:0]
                upstreams:
                  app:
                    host_header: one.one.one.one
                    servers: [127.0.0.1:\(origin.port)]
                """)
        #expect(try proxy.get().status == 200)
        #expect(origin.requests.first?.values("host") == ["one.one.one.one"])
    }

    @Test("routes by host and path")
    func routes() throws {
        let (first, second) = (try NginxOrigin("A"), try ScriptedOrigin.echoing())
        let proxy = try RunningProxy(
            file: """
                listeners: [127.0.0.1:0]
                upstreams:
                  site: { servers: [127.0.0.1:\(first.port)] }
                  api: { servers: [127.0.0.1:\(second.port)] }
                routes:
                  - match: { host: example.com }
                    upstream: site
                  - match: { host: example.com, path_prefix: /api/ }
                    upstream: api
                """)
        func answer(_ target: String, _ host: String) throws -> Message {
            try proxy.exchange("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
        }
        #expect(try answer("/", "example.com").text == "A")
        #expect(try answer("/api/a?b", "EXAMPLE.com:80").text == "GET /api/a?b\n")
        #expect(try answer("/", "example.org").status == 404)
    }

    @Test("is checked by --test, which binds nothing and writes no pid file")
    func check() throws {
        let directory = try TemporaryDirectory()
        let port = try TCPSocket.freePort()
        let text = """
            listeners: [127.0.0.1:\(port)]
            pid_file: \(directory.path)/lb.pid
            upstreams: { app: { servers: [127.0.0.1:1] } }
            """
        let good = try run(["-t", "-c", directory.write("good.yaml", text)])
        #expect(good.waitForExit() == .code(0))
        #expect(good.output.contains("good.yaml"))
        #expect(access(directory.path + "/lb.pid", F_OK) != 0)
        let bad = try run(["-t", "-c", directory.write("bad.yaml", "treads: 2\n" + text)])
        #expect(bad.waitForExit() == .code(1))
        #expect(bad.errors.contains("bad.yaml:1:1: unknown key 'treads'"))
        #expect(bad.errors.contains("'threads'"))
    }

    @Test("stops the start when it is wrong or missing")
    func wrong() throws {
        let directory = try TemporaryDirectory()
        let missing = try run(["-c", directory.path + "/missing.yaml"])
        #expect(missing.waitForExit() == .code(1))
        #expect(missing.errors.contains("missing.yaml"))
        let broken = try run(["-c", directory.write("broken.yaml", "listeners: [\n")])
        #expect(broken.waitForExit() == .code(1))
        #expect(broken.errors.contains("broken.yaml:"))
        #expect(!broken.errors.contains("event=listening"))
    }

    @Test("gives way to flags")
    func flags() throws {
        let (first, second) = (try NginxOrigin("A"), try NginxOrigin("B"))
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "lb.yaml",
            """
            listeners: [127.0.0.1:1]
            upstreams: { app: { servers: [127.0.0.1:\(first.port)] } }
            """)
        let proxy = try RunningProxy(
            ["-c", file, "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:\(second.port)"],
            in: directory)
        #expect(try proxy.get().text == "B")
    }

    @Test(
        "limits request bodies, whatever their framing",
        arguments: [
            "Content-Length: 2000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n7d0\r\n",
        ])
    func bodyLimit(framing: String) throws {
        let origin = try ScriptedOrigin.echoing()
        let proxy = try RunningProxy(
            upstreams: [origin.port], file: "limits: { request_body: 1KiB }")
        let client = try proxy.connect()
        try? client.send("POST / HTTP/1.1\r\nHost: a\r\n" + framing)
        try? client.send([UInt8](repeating: 0x61, count: 2000))
        let answer = try client.readResponse()
        #expect(answer.status == 413)
        #expect(answer["connection"] == "close")
        #expect(origin.requests.isEmpty)
        #expect(try proxy.get("/next").text == "GET /next\n")
    }

    private func run(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(RunningProxy.executable, arguments, in: TemporaryDirectory())
    }
}
