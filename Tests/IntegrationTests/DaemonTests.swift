import Glibc
import Testing

@Suite("Running in the background")
struct DaemonTests {
    @Test(
        "leaves a process that has nothing to do with who started it", arguments: ["-d", "daemon"])
    func detached(by wanted: String) throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        if wanted == "daemon" { service.settings["daemon"] = "true" }
        let launcher = try service.run(wanted == "-d" ? ["-d"] : [])
        #expect(launcher.waitForExit() == .code(0))
        #expect(launcher.errors.isEmpty)
        #expect(launcher.output.isEmpty)

        // It serves when the launcher ends, so nothing is waited for from here on.
        let process = try #require(service.process)
        #expect(process.isAlive)
        #expect(try service.get("/a").text == "GET /a\n")
        #expect(service.processes == [process])
        #expect(service.read("lb.pid") == "\(process.number)\n")
        let parent = try #require(process.parent)
        #expect(parent != launcher.processID && parent != getpid())
        #expect(process.session != getsid(0))
        // No leader of a session: it can never get a terminal.
        #expect(process.session != process.number)
        #expect(process.target(ofDescriptor: 0) == "/dev/null")
        #expect(process.target(ofDescriptor: 1) == "/dev/null")
        #expect(process.target(ofDescriptor: 2) == "\(service.path)/error.log")
        #expect(service.logs("event=listening service=gateway address=127.0.0.1:\(service.port)"))
    }

    @Test("does without standard input, output and error, and without a umask")
    func closedDescriptors() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let launcher = try service.run(after: "umask 0; exec <&- >&- 2>&-", ["-d"])
        #expect(launcher.waitForExit() == .code(0))
        let process = try #require(service.process)
        #expect(try service.get("/a").text == "GET /a\n")
        for descriptor in 0...1 {
            #expect(process.target(ofDescriptor: descriptor) == "/dev/null")
        }
        #expect(process.target(ofDescriptor: 2) == "\(service.path)/error.log")
        #expect(mode(of: service.path + "/error.log") == 0o640)
        #expect(mode(of: service.path + "/access.log") == 0o640)
        #expect(mode(of: service.path + "/lb.pid") == 0o644)
    }

    @Test("works in the directory that is wanted, and finds its file again all the same")
    func workingDirectory() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        #expect(mkdir(service.path + "/work", 0o700) == 0)
        service.settings["working_directory"] = service.path + "/work"
        service.settings["pid_file"] = "work.pid"
        service.settings["error_log"] = "work.log"
        // The flag has the path by which the process is found when the test ends.
        let words = "set -- -d -c lb.yaml --access-log \(service.configurationFile).log"
        let launcher = try service.run(after: "cd '\(service.path)'; \(words)")
        #expect(launcher.waitForExit() == .code(0))
        let process = try #require(service.processes.first)
        #expect(service.read("work/work.pid") == "\(process.number)\n")
        service.settings["limits"] = "{ request_target: 64B }"
        try service.writeConfiguration()
        process.signal(SIGHUP)
        #expect(eventually { service.read("work/work.log").contains("event=reloaded") })
        #expect(try service.get("/" + String(repeating: "a", count: 80)).status == 414)
        process.signal(SIGTERM)
        #expect(process.waitForEnd())
        #expect(!service.exists("work/work.pid"))
    }

    @Test("removes its pid file at the end, and frees its port")
    func end() throws {
        let service = try ServiceDirectory()
        let process = try service.launch()
        process.signal(SIGTERM)
        #expect(process.waitForEnd())
        #expect(!service.exists("lb.pid"))
        #expect(service.isPortClosed)
        #expect(service.lines(with: "event=stopped").count == 1)
    }

    @Test(
        "says why it can't start, and leaves nothing behind",
        arguments: [
            StartRow("error_log", "/nowhere/error.log", says: "error_log: cannot open /nowhere"),
            StartRow("access_log", "/nowhere/access.log", says: "access_log: "),
            StartRow("pid_file", "/nowhere/lb.pid", says: "its directory does not exist"),
            StartRow("pid_file", "/tmp", says: "expected a regular file, got a directory"),
            StartRow("pid_file", "/dev/null", says: "got a special file"),
            StartRow("user", "nobody-of-this-name", says: "there is no user"),
            StartRow("working_directory", "/nowhere", says: "chdir"),
            StartRow("listeners", "[unix:/nowhere/a.sock]", says: "cannot listen on unix:/nowhere"),
        ])
    func failedStart(row: StartRow) throws {
        let service = try ServiceDirectory()
        service.settings[row.key] = row.value
        try expectFailure(of: service, says: row.text)
    }

    @Test("says that the port is taken, and leaves its owner alone")
    func portInUse() throws {
        let origin = try ScriptedOrigin.echoing()
        let first = try ServiceDirectory(upstreams: [origin.port])
        let process = try first.launch()
        let second = try ServiceDirectory(upstreams: [origin.port], port: first.port)
        let socket = "\(second.path)/app.sock"
        // Bound before the port, so that there is something to clean up.
        second.settings["listeners"] = "[\"unix:\(socket)\", 127.0.0.1:\(first.port)]"
        try expectFailure(of: second, says: "address already in use")
        #expect(!second.exists("app.sock"))
        #expect(process.isAlive)
        #expect(try first.get("/still").text == "GET /still\n")
    }

    @Test("says which process runs already, and leaves it alone")
    func runningAlready() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.launch()
        for flags in [["-d"], []] {
            let second = try service.run(flags)
            #expect(second.waitForExit() == .code(1))
            #expect(second.errors.contains("already running as process \(process.number)"))
        }
        #expect(service.processes == [process])
        #expect(service.read("lb.pid") == "\(process.number)\n")
        #expect(try service.get("/still").text == "GET /still\n")
    }

    @Test("replaces a pid file that no process holds")
    func stalePidFile() throws {
        let service = try ServiceDirectory()
        // This process runs, but does not hold the file: its number says nothing.
        try service.write("lb.pid", "\(getpid())\n")
        let process = try service.launch()
        #expect(service.read("lb.pid") == "\(process.number)\n")
        process.signal(SIGKILL)
        #expect(process.waitForEnd())
        #expect(service.exists("lb.pid"))
        let next = try service.launch()
        #expect(next.number != process.number)
        #expect(service.read("lb.pid") == "\(next.number)\n")
    }

    private func mode(of path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    private func expectFailure(of service: ServiceDirectory, says text: String) throws {
        for flags in [["-d"], []] {
            let launcher = try service.run(flags)
            #expect(launcher.waitForExit() == .code(1), "\(flags)")
            #expect(launcher.errors.hasPrefix("pingora-lb: "), "\(flags)")
            #expect(launcher.errors.contains(text), "\(flags) \(launcher.errors)")
            #expect(eventually { service.processes.isEmpty }, "\(flags)")
            #expect(!service.exists("lb.pid"), "\(flags)")
            #expect(!service.exists("upgrade.sock"), "\(flags)")
        }
    }
}

/// A setting that no process can start with, and what is said about it.
struct StartRow: CustomTestStringConvertible {
    let key: String
    let value: String
    let text: String

    init(_ key: String, _ value: String, says text: String) {
        (self.key, self.value, self.text) = (key, value, text)
    }

    var testDescription: String { "\(key): \(value)" }
}
