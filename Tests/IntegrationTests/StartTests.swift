import Testing

@Suite("Starting pingora-lb")
struct StartTests {
    @Test(
        "prints help and its version, and ends well",
        arguments: [
            (["-h"], "--upgrade"), (["--help"], "--daemon"), (["--help"], "--test"),
            (["--help"], "--conf"), (["--version"], "pingora-lb 0."),
        ])
    func help(arguments: [String], text: String) throws {
        let process = try start(arguments)
        #expect(process.waitForExit() == .code(0))
        #expect(process.output.contains(text))
        #expect(process.errors.isEmpty)
    }

    @Test(
        "refuses a command line that it does not understand with exit code 2, and says why",
        arguments: [
            (["--frobnicate"], "unknown option '--frobnicate'"),
            (["-x"], "unknown option '-x'"),
            (["--listen"], "--listen needs a value"),
            (["--listen", "nowhere"], "'nowhere'"),
            (["--upstream", "127.0.0.1"], "'127.0.0.1'"),
            (["--upstream", "127.0.0.1:65536"], "'127.0.0.1:65536'"),
            (["--threads", "0"], "'0'"),
            (["--threads", "9999999999999999999999"], "'9999999999999999999999'"),
            (["--log-level", "loud"], "'loud'"),
            (["--help=1"], "--help takes no value"),
            (["stray"], "unexpected argument 'stray'"),
        ])
    func usage(arguments: [String], text: String) throws {
        let process = try start(arguments)
        #expect(process.waitForExit() == .code(2))
        #expect(process.errors.contains(text))
        #expect(process.output.isEmpty)
    }

    @Test("says what is missing when it has nothing to serve")
    func nothing() throws {
        let process = try start([])
        #expect(process.waitForExit() == .code(1))
        #expect(process.errors.contains("no upstreams configured"))
    }

    @Test("says which address is taken, and leaves its owner alone")
    func portInUse() throws {
        let origin = try ScriptedOrigin.echoing()
        let first = try RunningProxy(upstreams: [origin.port])
        let address = "127.0.0.1:\(first.port)"
        let second = try start(["--listen", address, "--upstream", "127.0.0.1:\(origin.port)"])
        #expect(second.waitForExit() == .code(1))
        #expect(second.errors.contains(address))
        #expect(second.errors.contains("address already in use"))
        #expect(try first.get("/still").text == "GET /still\n")
    }

    @Test("says so when the access log can't be opened, and binds nothing")
    func accessLog() throws {
        let port = try TCPSocket.freePort()
        let process = try start([
            "--listen", "127.0.0.1:\(port)", "--upstream", "127.0.0.1:1",
            "--access-log", "/nowhere/access.log",
        ])
        #expect(process.waitForExit() == .code(1))
        #expect(process.errors.contains("access_log"))
        #expect(process.errors.contains("no such file or directory"))
        #expect(!process.errors.contains("event=listening"))
    }

    @Test("checks a command line with --test and binds nothing")
    func test() throws {
        let port = try TCPSocket.freePort()
        let process = try start([
            "--test", "--listen", "127.0.0.1:\(port)", "--upstream", "127.0.0.1:1",
        ])
        #expect(process.waitForExit() == .code(0))
        #expect(process.output.contains("configuration is ok"))
        #expect(process.errors.isEmpty)
    }

    @Test("writes the access log to a file, or nowhere")
    func accessLogFile() throws {
        let directory = try TemporaryDirectory()
        let origin = try ScriptedOrigin.echoing()
        let path = directory.path + "/access.log"
        let proxy = try RunningProxy(upstreams: [origin.port], ["--access-log", path])
        _ = try proxy.get("/noted")
        #expect(eventually { directory.read("access.log").contains("target=/noted") })
        #expect(proxy.process.output.isEmpty)
        let silent = try RunningProxy(upstreams: [origin.port], ["--access-log", "off"])
        #expect(try silent.get("/unnoted").status == 200)
        silent.process.signal(15)
        #expect(silent.process.waitForExit() == .code(0))
        #expect(silent.process.output.isEmpty)
    }

    @Test("serves a demonstration without anything else")
    func demo() throws {
        let proxy = try RunningProxy(
            ["--demo", "--listen", "127.0.0.1:0"], in: TemporaryDirectory())
        let names = try (0..<4).map { _ in try proxy.get().text.prefix { $0 != "\n" } }
        #expect(Set(names).count == 2)
        #expect(names[0] == names[2] && names[1] == names[3])
    }

    private func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(RunningProxy.executable, arguments, in: TemporaryDirectory())
    }
}
