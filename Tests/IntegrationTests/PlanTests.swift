import Glibc
import Testing

@Suite("pingora-lb plan")
struct PlanTests {
    @Test("says what a file would change, and nothing once it has")
    func difference() throws {
        let service = try ServiceDirectory(upstreams: [1, 2])
        let process = try service.launch()
        let same = try plan(service)
        #expect(same.waitForExit() == .code(0))
        #expect(same.output == "no changes\n")

        service.settings["upstreams"] = ServiceDirectory.upstreams([2, 3])
        service.settings["timeouts"] = "{ connect: 2s }"
        let changed = try plan(service)
        #expect(changed.waitForExit() == .code(0))
        #expect(changed.errors.isEmpty)
        for line in [
            "  ~ app  + 127.0.0.1:3", "  ~ app  - 127.0.0.1:1", "  ~ timeouts.connect  5s -> 2s",
            "3 changes: by reload (SIGHUP)",
        ] {
            #expect(changed.output.contains(line), "\(changed.output)")
        }
        // Looking changes nothing.
        #expect(service.processes == [process])
        #expect(service.lines(with: "event=reloaded").isEmpty)

        process.signal(SIGHUP)
        #expect(service.logs("event=reloaded"))
        // Shown a moment after it is logged.
        #expect(try eventually { try finished(plan(service)).output == "no changes\n" })
    }

    @Test("says what waits for the next start, also after a reload")
    func nextStart() throws {
        let service = try ServiceDirectory()
        let process = try service.launch()
        service.settings["threads"] = "3"
        #expect(try finished(plan(service)).output.contains("at the next start or upgrade"))
        process.signal(SIGHUP)
        #expect(service.logs("event=reload_left_out key=threads"))
    }

    @Test("says that no process runs", arguments: ["never", "ended", "killed"])
    func nobody(_ story: String) throws {
        let service = try ServiceDirectory()
        if story != "never" {
            let process = try service.launch()
            process.signal(story == "ended" ? SIGTERM : SIGKILL)
            #expect(process.waitForEnd())
        }
        let plan = try plan(service)
        #expect(plan.waitForExit() == .code(1))
        #expect(plan.output.isEmpty)
        #expect(plan.errors.contains("no running process holds \(service.path)/lb.pid"))
    }

    @Test("says what is wrong with the file")
    func wrong() throws {
        let service = try ServiceDirectory()
        _ = try service.launch()
        service.settings["treads"] = "2"
        let plan = try plan(service)
        #expect(plan.waitForExit() == .code(1))
        #expect(plan.errors.contains("lb.yaml:"))
        #expect(plan.errors.contains("unknown key 'treads'"))
    }

    private func plan(_ service: ServiceDirectory) throws -> ChildProcess {
        try service.run(["plan"])
    }

    private func finished(_ process: ChildProcess) -> ChildProcess {
        _ = process.waitForExit()
        return process
    }
}
