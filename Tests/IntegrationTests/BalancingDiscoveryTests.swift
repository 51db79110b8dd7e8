import Testing

/// Servers that stand in a file of their own.
@Suite("Balancing: discovery by file", .timeLimit(.minutes(2)))
struct BalancingDiscoveryTests {
    /// A proxy whose servers stand in the file `servers` of a directory.
    private func proxy(
        _ directory: TemporaryDirectory, _ group: String = "", servers: [String] = []
    ) throws -> RunningProxy {
        try RunningProxy(
            servers, group: "discovery: { file: \(directory.path)/servers }, \(group)")
    }

    @Test("follows the file, and reads weights and backups in it")
    func follows() throws {
        let origins = try NamedOrigin.named("A", "B", "C")
        let directory = try TemporaryDirectory()
        _ = try directory.write("servers", "\(origins[0].address)\n")
        let proxy = try proxy(directory)
        #expect(Set(try proxy.answers(10)) == ["A"])
        _ = try directory.write(
            "servers",
            """
            # A is gone.
            \(origins[1].address) weight=3
            \(origins[2].address)

            """)
        #expect(try proxy.isServed(by: "C"))
        let answers = try proxy.answers(40)
        #expect(answers.count { $0 == "B" } == 30)
        #expect(answers.count { $0 == "C" } == 10)
        _ = try directory.write(
            "servers", "\(origins[1].address) backup\n\(origins[0].address)\n")
        #expect(try proxy.isServed(by: "A"))
        #expect(Set(try proxy.answers(10)) == ["A"])
        origins[0].stop()
        #expect(Set(try proxy.answers(5)) == ["B"])
    }

    @Test(
        "keeps the last good servers while the file is no good",
        arguments: [
            "nonsense\n", "", "# nobody\n", "127.0.0.1:1 weight=65536\n",
            "127.0.0.1:1\n127.0.0.1:1\n",
        ])
    func garbage(text: String) throws {
        let origins = try NamedOrigin.named("A", "B")
        let directory = try TemporaryDirectory()
        _ = try directory.write("servers", "\(origins[0].address)\n")
        let proxy = try proxy(directory)
        #expect(try proxy.answers(1) == ["A"])
        _ = try directory.write("servers", text)
        #expect(proxy.logs("event=discovery_failed", "name=app"))
        #expect(Set(try proxy.answers(10)) == ["A"])
        _ = try directory.write("servers", "\(origins[1].address)\n")
        #expect(proxy.logs("event=discovery_recovered"))
        #expect(try proxy.isServed(by: "B"))
        #expect(proxy.lines(with: ["event=discovery_failed"]).count == 1)
    }

    @Test("uses the servers of the configuration until the file is there")
    func fallback() throws {
        let origins = try NamedOrigin.named("A", "B")
        let directory = try TemporaryDirectory()
        let proxy = try proxy(directory, servers: [origins[0].address])
        #expect(Set(try proxy.answers(5)) == ["A"])
        _ = try directory.write("servers", "\(origins[1].address)\n")
        #expect(try proxy.isServed(by: "B"))
        #expect(Set(try proxy.answers(5)) == ["B"])
    }

    @Test("keeps what is known of a server that stays, and checks those that come")
    func keeps() throws {
        let origins = try NamedOrigin.named("A", "B", "C", "D")
        origins[1].manner = .closing
        origins[3].health = [500]
        let directory = try TemporaryDirectory()
        func write(_ number: Int) throws {
            let lines = origins.prefix(number).map { "\($0.address) weight=\(number)\n" }
            _ = try directory.write("servers", lines.joined())
        }
        try write(2)
        let check = "path: /health, interval: 100ms, fall: 1, rise: 1"
        let ejection = "consecutive_failures: 1, duration: 1h, max_duration: 1h"
        let proxy = try proxy(
            directory, "health_check: { \(check) }, ejection: { \(ejection) }")
        #expect(proxy.logs("event=backend_up", times: 2))
        #expect(Set(try proxy.answers(10)) == ["A"])
        #expect(proxy.logs("event=backend_ejected"))
        try write(4)
        #expect(try proxy.isServed(by: "C"))
        #expect(proxy.logs("event=backend_down", origins[3].address))
        #expect(Set(try proxy.answers(20)) == ["A", "C"])
        #expect(origins[1].requests.count == 1)
        #expect(origins[3].requests.isEmpty)
    }

    @Test("lets a server that goes finish its request")
    func finishes() throws {
        let (slow, other) = (try SlowOrigin(), try NamedOrigin("B"))
        let directory = try TemporaryDirectory()
        _ = try directory.write("servers", "127.0.0.1:\(slow.port)\n")
        let proxy = try proxy(directory)
        let client = try proxy.connect()
        try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { slow.origin.requests.count == 1 })
        _ = try directory.write("servers", "\(other.address)\n")
        #expect(try eventually { try proxy.get("/quick").text == "B" })
        slow.finish()
        #expect(try client.readResponse().body == SlowOrigin.body)
    }
}
