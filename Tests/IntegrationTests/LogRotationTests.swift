import Glibc
import Testing

@Suite("Rotating logs")
struct LogRotationTests {
    @Test("by SIGUSR1 goes on in new files and loses no line", arguments: [true, false])
    func rotation(isInBackground: Bool) throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let child = isInBackground ? nil : try service.start()
        let process =
            try child.map { ProcessEntry(number: $0.processID) } ?? service.launch()
        let client = try service.connect()
        for number in 0..<50 { _ = try client.get("/old-\(number)") }

        #expect(rename("\(service.path)/error.log", "\(service.path)/error.log.1") == 0)
        #expect(rename("\(service.path)/access.log", "\(service.path)/access.log.1") == 0)
        process.signal(SIGUSR1)
        // Some of these go to the files of before, some to the new ones.
        for number in 0..<50 { _ = try client.get("/between-\(number)") }
        #expect(service.logs("event=logs_reopened"))
        #expect(eventually { service.exists("access.log") })
        for number in 0..<50 { _ = try client.get("/new-\(number)") }
        client.close()
        if isInBackground {
            #expect(process.target(ofDescriptor: 2) == "\(service.path)/error.log")
        }

        process.signal(SIGTERM)
        #expect(child?.waitForExit() == (isInBackground ? nil : .code(0)))
        #expect(process.waitForEnd())
        let (old, new) = (targets(service.read("access.log.1")), targets(service.accessLog))
        #expect(old.prefix(50) == (0..<50).map { "/old-\($0)" }[...])
        #expect(new.suffix(50) == (0..<50).map { "/new-\($0)" }[...])
        #expect(old.count + new.count == 150)
        #expect(Set(old + new).count == 150)
        #expect(service.read("error.log.1").contains("event=listening"))
        #expect(!service.errorLog.contains("event=listening"))
        #expect(service.errorLog.contains("event=stopped"))
    }

    @Test("keeps the files it has where new ones can't be opened, and says so")
    func failure() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.start()
        #expect(rename("\(service.path)/error.log", "\(service.path)/error.log.1") == 0)
        #expect(rename("\(service.path)/access.log", "\(service.path)/access.log.1") == 0)
        for name in ["error.log", "access.log"] {
            #expect(mkdir("\(service.path)/\(name)", 0o700) == 0)
        }
        process.signal(SIGUSR1)
        let events = ["event=log_reopen_failed", "event=access_log_reopen_failed"]
        #expect(
            eventually { events.allSatisfy { service.read("error.log.1").contains($0) } })
        #expect(try service.get("/kept").status == 200)
        process.signal(SIGTERM)
        #expect(process.waitForExit() == .code(0))
        #expect(targets(service.read("access.log.1")) == ["/kept"])
    }

    private func targets(_ log: String) -> [String] {
        log.split(separator: "\n").map { LogEntry($0)["target"] }
    }
}
