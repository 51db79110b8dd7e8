import Glibc
import Testing

/// What a new file changes about groups of servers, and what it leaves alone.
@Suite("Balancing: reloading", .timeLimit(.minutes(2)))
struct BalancingReloadTests {
    private func reload(_ service: ServiceDirectory, _ process: ChildProcess) throws {
        let before = service.lines(with: "event=reloaded").count
        try service.writeConfiguration()
        process.signal(SIGHUP)
        guard service.logs("event=reloaded", times: before + 1) else {
            throw HarnessError("no reload: \(service.errorLog)")
        }
    }

    private func names(_ service: ServiceDirectory, _ count: Int) throws -> [String] {
        try (0..<count).map { _ in
            let answer = try service.get()
            return answer.status == 200 ? answer.text : "\(answer.status)"
        }
    }

    @Test("keeps what is known of a server whose weight changes")
    func weight() throws {
        let origins = try NamedOrigin.named("A", "B", "C")
        origins[1].manner = .closing
        origins[2].health = [500]
        let service = try ServiceDirectory()
        func upstreams(weight: Int) -> String {
            let servers = origins.map { "{ address: \($0.address), weight: \(weight) }" }
            return """
                { app: { servers: [\(servers.joined(separator: ", "))],
                  health_check: { path: /health, interval: 1h, interval_while_down: 1h },
                  ejection: { consecutive_failures: 1, duration: 1h, max_duration: 1h } } }
                """
        }
        service.settings["upstreams"] = upstreams(weight: 1)
        let process = try service.start()
        #expect(service.logs("event=backend_up", times: 2))
        #expect(service.logs("event=backend_down"))
        #expect(Set(try names(service, 10)) == ["A"])
        #expect(service.logs("event=backend_ejected"))
        service.settings["upstreams"] = upstreams(weight: 2)
        try reload(service, process)
        #expect(Set(try names(service, 20)) == ["A"])
        #expect(origins[1].requests.count == 1)
        #expect(origins[2].requests.isEmpty)
        // What is known already is no news.
        #expect(service.lines(with: "event=backend_down").count == 1)
    }

    @Test("drains a server whose weight becomes 0, and finishes what it serves")
    func drains() throws {
        let origins = try NamedOrigin.named("A", "B")
        let gate = Gate()
        origins[1].manner = .waiting(gate)
        let service = try ServiceDirectory()
        func upstreams(weight: Int) -> String {
            """
            { app: { servers:
              [{ address: \(origins[0].address), weight: \(1 - weight) },
               { address: \(origins[1].address), weight: \(weight) }] } }
            """
        }
        service.settings["upstreams"] = upstreams(weight: 1)
        let process = try service.start()
        let client = try service.connect()
        try client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { origins[1].requests == ["/long"] })
        service.settings["upstreams"] = upstreams(weight: 0)
        try reload(service, process)
        #expect(Set(try names(service, 10)) == ["A"])
        gate.open()
        #expect(try client.readResponse().text == "B")
        #expect(origins[1].requests == ["/long"])
    }

    /// What is wrong with a group, where, and why.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let group: String
        let message: String

        init(_ name: String, _ group: String, _ message: String) {
            (testDescription, self.group, self.message) = (name, group, message)
        }
    }

    private static let mistakes = [
        Mistake(
            "a name that nobody resolves", "servers: [app.internal:80]",
            "8:20: upstreams.app.servers[0]: names are not resolved here"),
        Mistake(
            "a weight out of range", "servers: [{ address: 127.0.0.1:1, weight: 65536 }]",
            "8:52: upstreams.app.servers[0].weight: "),
        Mistake(
            "a negative weight", "servers: [{ address: 127.0.0.1:1, weight: -1 }]",
            "8:52: upstreams.app.servers[0].weight: "),
        Mistake(
            "two entries for one server", "servers: [127.0.0.1:1, { address: 127.0.0.1:1 }]",
            "8:44: upstreams.app.servers[1].address: \"127.0.0.1:1\" is a server already"),
        Mistake("no servers", "servers: []", "8:19: upstreams.app.servers: empty"),
        Mistake("no key", "", "missing: expected a list of addresses"),
        Mistake(
            "only drained servers", "servers: [{ address: 127.0.0.1:1, weight: 0 }]",
            "8:19: upstreams.app.servers: every server has weight 0"),
        Mistake(
            "only backups", "servers: [{ address: 127.0.0.1:1, backup: true }]",
            "8:19: upstreams.app.servers: every server is a backup"),
        Mistake(
            "a bad hash key", "hash_key: headr:X-User, algorithm: maglev, servers: [127.0.0.1:1]",
            "8:20: upstreams.app.hash_key: "),
        Mistake(
            "a key that is not used", "hash_key: uri, servers: [127.0.0.1:1]",
            "8:20: upstreams.app.hash_key: round_robin uses no key"),
        Mistake(
            "an unknown algorithm", "algorithm: fastest, servers: [127.0.0.1:1]",
            "8:21: upstreams.app.algorithm: "),
        Mistake(
            "a file of servers that is not there", "discovery: { file: /nowhere/servers }",
            "8:29: upstreams.app.discovery.file: "),
    ]

    private func file(_ service: ServiceDirectory, _ group: String) -> String {
        """
        version: 1
        threads: 1
        log_level: debug
        access_log: off
        error_log: \(service.path)/error.log
        listeners: [127.0.0.1:\(service.port)]
        upstreams:
          app: { \(group) }

        """
    }

    @Test("and starting refuse a wrong group, and say where", arguments: mistakes)
    func wrong(mistake: Mistake) throws {
        let origin = try NamedOrigin("A")
        let service = try ServiceDirectory(upstreams: [origin.port])
        let process = try service.start()
        try service.write("lb.yaml", file(service, mistake.group))
        process.signal(SIGHUP)
        #expect(service.logs("event=reload_failed"))
        let line = try #require(service.lines(with: "event=reload_failed").first)
        #expect(line.contains("lb.yaml:"))
        // Quotation marks are escaped in a log line.
        #expect(line.replacing("\\\"", with: "\"").contains(mistake.message), "\(line)")
        #expect(try names(service, 3) == ["A", "A", "A"])

        let directory = try TemporaryDirectory()
        let path = try directory.write("lb.yaml", file(service, mistake.group))
        let start = try ChildProcess(RunningProxy.executable, ["-c", path], in: directory)
        #expect(start.waitForExit() == .code(1))
        #expect(start.errors.contains("lb.yaml:"))
        #expect(start.errors.contains(mistake.message), "\(start.errors)")
    }
}
