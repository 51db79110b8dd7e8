import Glibc
import Testing

/// Debian's `nobody` and `nogroup` have this number.
private let nobody = 65534

@Suite("Running as another user", .enabled(if: geteuid() == 0))
struct UserTests {
    @Test(
        "gives up root for good, with a port that only root may bind",
        arguments: [true, false], ["nogroup", "www-data", nil])
    func dropped(isInBackground: Bool, group: String?) throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try makeService(before: origin)
        service.settings["group"] = group
        let process = try start(service, isInBackground)
        let wanted = group == "www-data" ? 33 : nobody
        expectNobody(process, group: wanted)
        #expect(owner(of: service.path + "/lb.pid") == [nobody, wanted])
        #expect(try service.get("/a").text == "GET /a\n")
        process.signal(SIGTERM)
        #expect(process.waitForEnd())
        #expect(!service.exists("lb.pid"))
    }

    @Test(
        "is upgraded by a process that root starts, and lets it move the connections",
        arguments: [true, false])
    func upgrade(isInBackground: Bool) throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try makeService(before: origin)
        service.settings["upgrade"] = "{ wait: 10s }"
        var old = try start(service, isInBackground)
        let client = try service.connect()
        for number in 0..<2 {
            #expect(try client.get("/\(number)").text == "GET /\(number)\n")
            old.signal(SIGQUIT)
            let next = try start(service, isInBackground, isUpgrade: true)
            #expect(old.waitForEnd())
            #expect(next != old)
            expectNobody(next, group: nobody)
            #expect(service.read("lb.pid") == "\(next.number)\n")
            #expect(!service.exists("upgrade.sock"))
            old = next
        }
        #expect(try client.get("/last").text == "GET /last\n")
        #expect(service.logs("event=handed_over", times: 2))
    }

    @Test("is upgraded in a directory that is closed to it")
    func upgradeInClosedDirectory() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try makeService(before: origin)
        service.give(to: 0)
        #expect(chmod(service.path, 0o755) == 0)
        service.settings["upgrade"] = "{ wait: 10s }"
        let old = try start(service, false)
        let client = try service.connect()
        #expect(try client.get("/before").status == 200)
        old.signal(SIGQUIT)
        let next = try start(service, false, isUpgrade: true)
        #expect(old.waitForEnd())
        expectNobody(next, group: nobody)
        #expect(!service.exists("upgrade.sock"))
        #expect(try client.get("/after").text == "GET /after\n")
        #expect(service.read("lb.pid") == "\(next.number)\n")
    }

    @Test("leaves an empty pid file in a directory that is closed to it, for the next start")
    func closedDirectory() throws {
        let service = try makeService(before: ScriptedOrigin.echoing())
        service.give(to: 0)
        #expect(chmod(service.path, 0o755) == 0)
        let process = try service.launch()
        process.signal(SIGTERM)
        #expect(process.waitForEnd())
        #expect(service.exists("lb.pid"))
        #expect(service.read("lb.pid").isEmpty)
        let next = try service.launch()
        #expect(service.read("lb.pid") == "\(next.number)\n")
    }

    @Test("refuses a reload that wants a port of root's, and serves on")
    func reload() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try makeService(before: origin)
        // Else it may not read what root has written.
        try service.writeConfiguration()
        let process = try start(service, false)
        let port = try freeLowPort()
        service.settings["listeners"] = "[127.0.0.1:\(service.port), 127.0.0.1:\(port)]"
        try service.writeConfiguration()
        process.signal(SIGHUP)
        #expect(service.logs("event=reload_failed"))
        #expect(service.errorLog.contains("cannot listen on 127.0.0.1:\(port)"))
        #expect(try service.get("/still").text == "GET /still\n")
    }

    @Test("rotates its logs")
    func rotation() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try makeService(before: origin)
        let process = try start(service, true)
        #expect(rename("\(service.path)/access.log", "\(service.path)/access.log.1") == 0)
        process.signal(SIGUSR1)
        #expect(eventually { service.exists("access.log") })
        #expect(try service.get("/new").status == 200)
        #expect(eventually { service.accessLog.contains("target=/new") })
        #expect(owner(of: service.path + "/access.log") == [nobody, nobody])
    }

    @Test("keeps the logs it has where it may not open them anew, and says so")
    func closedLogs() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try makeService(before: origin)
        service.give(to: 0)
        #expect(chmod(service.path, 0o755) == 0)
        let process = try start(service, true)
        #expect(rename("\(service.path)/access.log", "\(service.path)/access.log.1") == 0)
        process.signal(SIGUSR1)
        // The error log is still there, and belongs to the user; the other can't be made anew.
        #expect(service.logs("event=logs_reopened"))
        #expect(service.logs("event=access_log_reopen_failed"))
        #expect(try service.get("/kept").status == 200)
        #expect(eventually { service.read("access.log.1").contains("target=/kept") })
    }

    @Test(
        "opens no log through a link of its user's, who could have any file written and given away",
        arguments: ["error_log", "access_log"], [true, false])
    func linkedLog(key: String, isInBackground: Bool) throws {
        let service = try makeService(before: ScriptedOrigin.echoing())
        let secret = try TemporaryDirectory()
        let target = try secret.write("target", "secret\n")
        let link = service.path + "/linked.log"
        service.settings[key] = link
        #expect(symlink(target, link) == 0)
        #expect(lchown(link, uid_t(nobody), gid_t(nobody)) == 0)
        let process = try service.run(isInBackground ? ["-d"] : [])
        #expect(process.waitForExit() == .code(1))
        #expect(process.errors.contains(key), "\(process.errors)")
        #expect(process.errors.contains("symbolic link refused"), "\(process.errors)")
        #expect(secret.read("target") == "secret\n")
        #expect(owner(of: target) == [0, 0])
        #expect(service.isPortClosed)
    }

    @Test(
        "shows its configuration to root and its own user, and to nobody else",
        arguments: [nil, "nobody"])
    func shownConfiguration(user: String?) throws {
        let service = try makeService(before: ScriptedOrigin.echoing())
        service.settings["user"] = user
        let process = try start(service, false)
        let numbers = (0..<64).filter {
            process.target(ofDescriptor: $0).hasPrefix("/memfd:pingora-")
        }
        #expect(numbers.count == 2)
        let files = numbers.map { "/proc/\(process.number)/fd/\($0)" }
        for reader in [0, nobody, 1, 33] {
            let reading = try ChildProcess(
                "/usr/bin/setpriv",
                ["--reuid=\(reader)", "--regid=\(reader)", "--clear-groups", "/bin/cat"] + files,
                in: TemporaryDirectory())
            let mayRead = reader == 0 || user != nil && reader == nobody
            #expect(reading.waitForExit() == .code(mayRead ? 0 : 1), "user \(reader)")
            #expect(reading.output.contains("upstreams:") == mayRead, "user \(reader)")
        }
    }

    @Test(
        "says what is wrong with the user or the group",
        arguments: [
            ("nobody", "no-such-group", "there is no group"),
            ("no-such-user", "nogroup", "there is no user"),
            ("12345678", nil, "has no primary group"),
        ])
    func wrong(user: String, group: String?, text: String) throws {
        let service = try ServiceDirectory()
        (service.settings["user"], service.settings["group"]) = (user, group)
        let process = try service.run()
        #expect(process.waitForExit() == .code(1))
        #expect(process.errors.contains(text))
        #expect(service.isPortClosed)
    }

    @Test("says that only root can become somebody else")
    func notRoot() throws {
        let service = try ServiceDirectory()
        service.give(to: uid_t(nobody))
        (service.settings["user"], service.settings["group"]) = ("daemon", nil)
        try service.writeConfiguration()
        let process = try ChildProcess(
            "/usr/bin/setpriv",
            ["--reuid=\(nobody)", "--regid=\(nobody)", "--clear-groups", copy(for: service)]
                + ["-c", service.configurationFile], in: TemporaryDirectory())
        #expect(process.waitForExit() == .code(1))
        #expect(process.errors.contains("only root can run the service as"), "\(process.errors)")
    }

    /// The program where everybody may run it.
    private func copy(for service: ServiceDirectory) throws -> String {
        let path = service.path + "/pingora-lb"
        let copy = try ChildProcess(
            "/bin/cp", [RunningProxy.executable, path], in: TemporaryDirectory())
        #expect(copy.waitForExit() == .code(0))
        return path
    }

    private func makeService(before origin: ScriptedOrigin) throws -> ServiceDirectory {
        let service = try ServiceDirectory(upstreams: [origin.port], port: freeLowPort())
        service.give(to: uid_t(nobody))
        service.settings["user"] = "nobody"
        return service
    }

    private func start(
        _ service: ServiceDirectory, _ isInBackground: Bool, isUpgrade: Bool = false
    ) throws -> ProcessEntry {
        let flags = isUpgrade ? ["-u"] : []
        guard !isInBackground else { return try service.launch(flags + ["-d"]) }
        return ProcessEntry(number: try service.start(flags).processID)
    }

    private func expectNobody(_ process: ProcessEntry, group: Int) {
        #expect(process.status("Uid") == [nobody, nobody, nobody, nobody])
        #expect(process.status("Gid") == [group, group, group, group])
        // The user's own groups come along, and none of root's.
        #expect(Set(process.status("Groups")).isSubset(of: [group, nobody]))
        #expect(!process.status("Groups").isEmpty)
    }

    private func owner(of path: String) -> [Int] {
        var status = stat()
        return lstat(path, &status) == 0 ? [Int(status.st_uid), Int(status.st_gid)] : []
    }

    /// A port below 1024 on which nobody listened a moment ago. Random, since tests run at once.
    private func freeLowPort() throws -> UInt16 {
        for _ in 0..<100 {
            guard let number = try? TCPSocket.listen(on: .random(in: 600..<1024)) else { continue }
            defer { close(number) }
            return TCPSocket.port(of: number)
        }
        throw HarnessError("no free port below 1024")
    }
}
