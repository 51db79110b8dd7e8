import Glibc
import Testing

@Suite("Under a service manager")
struct ServiceManagerTests {
    @Test("says when it is ready, when it reloads, and when it stops")
    func notifications() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let manager = try NotifySocket(at: service.path + "/notify.sock")
        let process = try service.run(after: export(manager))
        #expect(manager.next("READY=1") != nil)
        // What is ready is there at once.
        #expect(try service.get("/ready").status == 200)

        let before = UInt64(monotonicSeconds() * 1e6)
        process.signal(SIGHUP)
        #expect(manager.next("RELOADING=1") != nil)
        let time = try #require(manager.next("MONOTONIC_USEC="))
        let stamp = try #require(UInt64(time.dropFirst("MONOTONIC_USEC=".count)))
        #expect(before...UInt64(monotonicSeconds() * 1e6) ~= stamp)
        #expect(manager.next("READY=1") != nil)
        #expect(manager.next("STATUS=") == "STATUS=serving; configuration reloaded")

        try service.write("lb.yaml", "treads: 1\n")
        process.signal(SIGHUP)
        #expect(manager.next("RELOADING=1") != nil)
        #expect(manager.next("READY=1") != nil)
        #expect(manager.next("STATUS=")?.contains("lb.yaml:1:1: unknown key 'treads'") == true)

        process.signal(SIGTERM)
        #expect(manager.next("STOPPING=1") != nil)
        #expect(process.waitForExit() == .code(0))
        #expect(!manager.lines.contains { $0.hasPrefix("MAINPID=") })
    }

    @Test("says nothing of being ready where it can't serve")
    func failedStart() throws {
        let service = try ServiceDirectory()
        service.settings["listeners"] = "[\"unix:/nowhere/a.sock\"]"
        let manager = try NotifySocket(at: service.path + "/notify.sock")
        let process = try service.run(after: export(manager))
        #expect(process.waitForExit() == .code(1))
        manager.receive()
        #expect(manager.lines.isEmpty)
    }

    @Test("names the new process when it has taken over")
    func mainProcess() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        service.settings["upgrade"] = "{ wait: 10s }"
        let manager = try NotifySocket(at: service.path + "/notify.sock")
        let old = try service.run(after: export(manager))
        #expect(manager.next("READY=1") != nil)
        let next = try service.run(after: export(manager), ["-u"])
        old.signal(SIGQUIT)
        #expect(manager.next("MAINPID=") == "MAINPID=\(next.processID)")
        #expect(old.waitForExit() == .code(0))
        #expect(try service.get("/new").status == 200)
        manager.receive()
        // The end of the old process is not the end of the service.
        #expect(!manager.lines.contains("STOPPING=1"))
        #expect(manager.lines.filter { $0 == "READY=1" }.count == 2)
    }

    @Test("is not disturbed by a manager that is gone")
    func noManager() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.run(after: "export NOTIFY_SOCKET=/nowhere/notify.sock")
        try service.waitForService(by: process)
        #expect(try service.get("/a").status == 200)
        process.signal(SIGTERM)
        #expect(process.waitForExit() == .code(0))
    }

    @Test("serves on a socket that it is given, and leaves it to the next one")
    func activation() throws {
        let origin = try ScriptedOrigin.echoing()
        let listener = try TCPSocket.listen(on: 0)
        defer { close(listener) }
        let service = try ServiceDirectory(
            upstreams: [origin.port], port: TCPSocket.port(of: listener))
        // As long as the test has the socket, nobody could bind its address.
        let first = try service.run(after: activation(), passing: listener)
        try service.waitForService(by: first)
        #expect(try service.get("/first").text == "GET /first\n")
        first.signal(SIGTERM)
        #expect(first.waitForExit() == .code(0))

        // Nobody accepts, but the kernel takes the connection in.
        let waiting = try service.connect()
        let second = try service.run(after: activation(), passing: listener)
        #expect(try waiting.get("/waited").text == "GET /waited\n")
        try service.waitForService(by: second)
        // Its variables are not passed on, and the socket is under its own name only.
        #expect(try service.get("/second").text == "GET /second\n")
    }

    @Test("leaves the file of a Unix socket that it is given")
    func unixActivation() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let path = service.path + "/app.sock"
        let listener = try UnixPeer.listen(at: path)
        defer { close(listener) }
        service.settings["listeners"] = "[\"unix:\(path)\"]"
        let process = try service.run(after: activation(), passing: listener)
        #expect(try UnixPeer.connect(to: path).get("/a").text == "GET /a\n")
        try service.waitForService(by: process)
        process.signal(SIGTERM)
        #expect(process.waitForExit() == .code(0))
        #expect(service.exists("app.sock"))
    }

    @Test(
        "does without sockets that are not for it, or says what is wrong with them",
        arguments: [
            ("1", "1", "address already in use"),
            ("$$", "0", "address already in use"),
            ("$$", "x", "LISTEN_FDS: expected a number"),
            ("$$", "-1", "LISTEN_FDS: expected a number"),
            ("x", "1", "LISTEN_PID: expected a number"),
            ("$$", "2", "descriptor 4"),
            ("$$", "99999999", "LISTEN_FDS: 99999999 descriptors are more than the limit"),
        ])
    func wrongActivation(process number: String, count: String, text: String) throws {
        let listener = try TCPSocket.listen(on: 0)
        defer { close(listener) }
        let service = try ServiceDirectory(port: TCPSocket.port(of: listener))
        let process = try service.run(
            after: activation(process: number, count: count), passing: listener)
        #expect(process.waitForExit() == .code(1))
        #expect(process.errors.contains(text), "\(process.errors)")
        #expect(!service.exists("lb.pid"))
    }

    private func export(_ manager: NotifySocket) -> String {
        "export NOTIFY_SOCKET=\(manager.path)"
    }

    private func activation(process: String = "$$", count: String = "1") -> String {
        "export LISTEN_PID=\(process) LISTEN_FDS=\(count)"
    }
}
