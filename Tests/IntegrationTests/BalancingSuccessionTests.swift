import Glibc
import Testing

/// A group of servers that a reload replaces while requests and troubles of the old one last.
@Suite("Balancing: a group and its successor", .timeLimit(.minutes(2)))
struct BalancingSuccessionTests {
    private func reload(
        _ service: ServiceDirectory, _ process: ChildProcess, _ upstream: String
    ) throws {
        let before = service.lines(with: "event=reloaded").count
        service.settings["upstreams"] = "{ app: { \(upstream) } }"
        try service.writeConfiguration()
        process.signal(SIGHUP)
        guard service.logs("event=reloaded", times: before + 1) else {
            throw HarnessError("no reload: \(service.errorLog)")
        }
    }

    private func start(_ service: ServiceDirectory, _ upstream: String) throws -> ChildProcess {
        service.settings["upstreams"] = "{ app: { \(upstream) } }"
        return try service.start()
    }

    @Test("lets a new request in when an old one ends, and an old one when a new one does")
    func waiting() throws {
        let origin = try NamedOrigin("A")
        let gates = [Gate(), Gate()]
        origin.manner = .waiting(gates[0])
        let service = try ServiceDirectory()
        let servers =
            "servers: [{ address: \(origin.address), max_requests: 1 }], pending_timeout: 1h"
        let process = try start(service, servers)
        func send(_ target: String) throws -> RawConnection {
            let client = try service.connect()
            try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            return client
        }
        let first = try send("/1")
        #expect(eventually { origin.requests == ["/1"] })
        try reload(service, process, "\(servers), slow_start: 1s")
        origin.manner = .waiting(gates[1])
        let second = try send("/2")
        #expect(second.staysQuiet(forSeconds: 0.1))
        gates[0].open()
        #expect(try first.readResponse().text == "A")
        #expect(eventually { origin.requests == ["/1", "/2"] })
        let third = try send("/3")
        #expect(third.staysQuiet(forSeconds: 0.1))
        try reload(service, process, "\(servers), slow_start: 2s")
        let fourth = try send("/4")
        #expect(fourth.staysQuiet(forSeconds: 0.1))
        gates[1].open()
        for client in [second, third, fourth] {
            #expect(try client.readResponse().text == "A")
        }
        #expect(origin.requests == ["/1", "/2", "/3", "/4"])
    }

    @Test("forgets ejections where there are to be none any more")
    func ejection() throws {
        let origins = try NamedOrigin.named("A", "B")
        origins[1].manner = .closing
        let service = try ServiceDirectory()
        let servers = "servers: [\(origins.map(\.address).joined(separator: ", "))]"
        let process = try start(
            service,
            "\(servers), ejection: { consecutive_failures: 1, duration: 1h, max_duration: 1h }")
        #expect(eventually { (try? service.get().text) == "A" && !origins[1].requests.isEmpty })
        #expect(service.logs("event=backend_ejected"))
        origins[1].manner = .answering
        try reload(service, process, servers)
        let names = try (0..<20).map { _ in try service.get().text }
        #expect(names.count { $0 == "B" } == 10)
    }

    @Test("keeps the servers that were found while the source fails")
    func discovery() throws {
        let origins = try NamedOrigin.named("A", "B")
        let service = try ServiceDirectory()
        try service.write("servers", "\(origins[1].address)\n")
        let upstream =
            "servers: [\(origins[0].address)], discovery: { file: \(service.path)/servers }"
        let process = try start(service, upstream)
        #expect(try service.get().text == "B")
        try service.write("servers", "nonsense\n")
        #expect(service.logs("event=discovery_failed"))
        try reload(service, process, "\(upstream), slow_start: 1s")
        #expect(try service.get().text == "B")
        try service.write("servers", "\(origins[0].address)\n")
        #expect(try eventually { try service.get().text == "A" })
    }

    @Test("changes nothing for the group in use where the reload is refused")
    func refused() throws {
        let origins = try NamedOrigin.named("A", "B", "C")
        origins[1].health = [500]
        origins[2].manner = .closing
        let service = try ServiceDirectory()
        let servers = "servers: [\(origins.map(\.address).joined(separator: ", "))]"
        let check = "path: /health, interval: 1h, interval_while_down: 1h"
        let rule = "consecutive_failures: 1, duration: 1h, max_duration: 1h"
        let process = try start(
            service, "\(servers), health_check: { \(check) }, ejection: { \(rule) }")
        #expect(service.logs("event=backend_down"))
        #expect(service.logs("event=backend_up", times: 2))
        #expect(try (0..<10).allSatisfy { _ in try service.get().text == "A" })
        #expect(service.logs("event=backend_ejected"))
        let taken = try ScriptedOrigin.echoing()
        service.settings["listeners"] = "[127.0.0.1:\(service.port), 127.0.0.1:\(taken.port)]"
        service.settings["upstreams"] = "{ app: { \(servers) } }"
        try service.writeConfiguration()
        process.signal(SIGHUP)
        #expect(service.logs("event=reload_failed"))
        #expect(try (0..<10).allSatisfy { _ in try service.get().text == "A" })
        #expect(origins[1].requests.isEmpty)
        #expect(origins[2].requests.count == 1)
    }
}
