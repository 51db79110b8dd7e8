import Glibc
import Testing

@Suite("An upgrade without the other process")
struct LoneUpgradeTests {
    @Test("gives up after the wait, and leaves nothing behind", arguments: [["-u"], ["-d", "-u"]])
    func noPredecessor(flags: [String]) throws {
        let service = try ServiceDirectory()
        let start = monotonicSeconds()
        let process = try service.run(flags)
        #expect(eventually { service.exists("upgrade.sock") })
        #expect(fileMode(service.upgradeSocket) == S_IFSOCK | 0o600)
        #expect(process.waitForExit() == .code(1))
        #expect(monotonicSeconds() - start > 0.9)
        #expect(process.errors.contains("nobody at \(service.upgradeSocket) in time"))
        #expect(eventually { service.processes.isEmpty })
        #expect(service.logs("event=start_failed"))
        #expect(!service.exists("upgrade.sock"))
        #expect(!service.exists("lb.pid"))
        #expect(service.isPortClosed)
        #expect(!service.errorLog.contains("event=listening"))
    }

    @Test("leaves the pid file of a running process alone")
    func pidFile() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let old = try service.launch()
        // Nobody sends it SIGQUIT.
        let process = try service.run(["-u"])
        #expect(process.waitForExit() == .code(1))
        #expect(service.read("lb.pid") == "\(old.number)\n")
        #expect(try service.get("/still").text == "GET /still\n")
    }

    @Test("says which key is missing", arguments: [["-u"], ["-d", "-u"]])
    func noSocket(flags: [String]) throws {
        let service = try ServiceDirectory()
        service.settings["upgrade_sock"] = nil
        let process = try service.run(flags)
        #expect(process.waitForExit() == .code(1))
        #expect(process.errors.contains("upgrade_sock"))
        #expect(service.isPortClosed)
    }

    @Test(
        "of the old process fails, and it serves on until a later one works",
        arguments: ["nobody", "a directory", "a file", "no path"])
    func noSuccessor(obstacle: String) throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let path = service.upgradeSocket
        if obstacle == "a directory" { #expect(mkdir(path, 0o700) == 0) }
        if obstacle == "a file" { try service.write("upgrade.sock", "text") }
        if obstacle == "no path" { service.settings["upgrade_sock"] = nil }
        let old = try service.start()
        let client = try service.connect()
        #expect(try client.get("/before").status == 200)
        old.signal(SIGQUIT)
        #expect(service.logs("event=hand_over_failed"))
        let line = try #require(service.lines(with: "event=hand_over_failed").first)
        let reason = obstacle == "no path" ? "no upgrade_sock is configured" : "nobody at \(path)"
        #expect(line.contains(reason))
        #expect(line.contains("this process serves on"))
        #expect(try client.get("/after").status == 200)
        #expect(try service.get("/after").status == 200)
        if obstacle == "a directory" { #expect(rmdir(path) == 0) }
        if obstacle == "a file" {
            #expect(service.read("upgrade.sock") == "text")
            #expect(unlink(path) == 0)
        }
        guard obstacle != "no path" else { return }
        try service.replace(old)
        #expect(try client.get("/moved").text == "GET /moved\n")
    }

    @Test(
        "does not keep signals from working while the old process waits",
        arguments: [
            (SIGTERM, "event=stopping signal=15 graceful=true"),
            (SIGINT, "event=stopping signal=2 graceful=false"),
            (SIGQUIT, "event=hand_over_under_way"),
            (SIGHUP, "event=reload_refused"),
            (SIGUSR1, "event=logs_reopened"),
        ])
    func signals(signal: CInt, line: String) throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.start()
        process.signal(SIGQUIT)
        #expect(service.logs("event=waiting_for_successor"))
        process.signal(signal)
        #expect(service.logs(line))
        guard signal == SIGINT || signal == SIGTERM else {
            #expect(service.logs("event=hand_over_failed"))
            return #expect(try service.get("/still").status == 200)
        }
        #expect(process.waitForExit() == .code(0))
        #expect(!service.exists("lb.pid"))
    }

    @Test("replaces the socket file that a dead process left")
    func stale() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let listener = try UnixPeer.listen(at: service.upgradeSocket)
        close(listener)
        let old = try service.start()
        try service.replace(old)
        #expect(!service.exists("upgrade.sock"))
    }

    @Test(
        "does not replace what is no stale socket",
        arguments: ["a directory", "a file", "a link", "a listener"])
    func obstacle(_ obstacle: String) throws {
        let service = try ServiceDirectory()
        let path = service.upgradeSocket
        switch obstacle {
        case "a directory": #expect(mkdir(path, 0o700) == 0)
        case "a file": try service.write("upgrade.sock", "text")
        case "a link": #expect(symlink("/dev/null", path) == 0)
        default: break
        }
        let listener = obstacle == "a listener" ? try UnixPeer.listen(at: path) : -1
        defer { close(listener) }
        let before = fileMode(path)
        let process = try service.run(["-u"])
        #expect(process.waitForExit() == .code(1))
        let reason =
            listener < 0
            ? "\(path) is not a socket, so it is not replaced"
            : "another process listens at \(path)"
        #expect(process.errors.contains(reason))
        #expect(service.logs(reason))
        #expect(fileMode(path) == before)
        #expect(service.isPortClosed)
    }

    private func fileMode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : 0
    }
}

extension ServiceDirectory {
    /// Upgrades: starts a successor in the foreground, and waits until `old` has left.
    @discardableResult
    func replace(_ old: ChildProcess) throws -> ChildProcess {
        settings["upgrade"] = "{ wait: 10s }"
        let next = try run(["-u"])
        guard eventually({ exists("upgrade.sock") || !next.isAlive }) else {
            throw HarnessError("no successor: \(next.errors)")
        }
        old.signal(SIGQUIT)
        guard old.waitForExit() == .code(0) else {
            throw HarnessError("the old process does not leave: \(errorLog)")
        }
        return try waitForService(by: next)
    }
}
