import Glibc
import Testing

@Suite("Listeners")
struct ListenerTests {
    @Test("take several addresses, IPv6 among them")
    func several() throws {
        let origin = try NginxOrigin("A")
        let proxy = try RunningProxy(upstreams: [origin.port], ["--listen", "[::1]:0"])
        #expect(try proxy.get().text == "A")
        let line = proxy.process.errors.split(separator: "\n").first {
            $0.contains("event=listening") && $0.contains("[::1]:")
        }
        let port = try #require(line?.split(separator: ":").last)
        let curl = try curl(["http://[::1]:\(port)/"])
        #expect(curl.waitForExit() == .code(0))
        #expect(curl.output == "A")
        let log = try proxy.accessLog(count: 2)
        #expect(Set(log.map { $0["client"] }) == ["127.0.0.1", "::1"])
    }

    @Test("take a Unix socket, and remove it at the end")
    func unixSocket() throws {
        let origin = try NginxOrigin("A")
        let directory = try TemporaryDirectory()
        let path = directory.path + "/lb.sock"
        let proxy = try ChildProcess(
            RunningProxy.executable,
            ["--listen", "unix:\(path)", "--upstream", "127.0.0.1:\(origin.port)"], in: directory)
        #expect(eventually { proxy.errors.contains("event=listening") })
        let curl = try curl(["--unix-socket", path, "http://a/"])
        #expect(curl.waitForExit() == .code(0))
        #expect(curl.output == "A")
        proxy.signal(SIGTERM)
        #expect(proxy.waitForExit() == .code(0))
        #expect(access(path, F_OK) != 0)
    }

    @Test("reach servers on a Unix socket")
    func unixUpstream() throws {
        let origin = try NginxOrigin("A")
        let directory = try TemporaryDirectory()
        let path = directory.path + "/inner.sock"
        let inner = try ChildProcess(
            RunningProxy.executable,
            ["--listen", "unix:\(path)", "--upstream", "127.0.0.1:\(origin.port)"], in: directory)
        #expect(eventually { inner.errors.contains("event=listening") })
        let outer = try RunningProxy(
            ["--listen", "127.0.0.1:0", "--upstream", "unix:\(path)"], in: TemporaryDirectory())
        for _ in 0..<3 { #expect(try outer.get().text == "A") }
        inner.signal(SIGKILL)
        _ = inner.waitForExit()
        #expect(try outer.get().status == 502)
    }

    private func curl(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            "/usr/bin/curl", ["-gs", "--max-time", "20"] + arguments, in: TemporaryDirectory())
    }
}
