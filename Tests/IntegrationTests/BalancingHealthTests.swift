import Testing

/// Servers that checks find broken, and find whole again.
@Suite("Balancing: health checks", .timeLimit(.minutes(2)))
struct BalancingHealthTests {
    /// As short as may be, so that a test waits for checks and for nothing else.
    private static let often =
        "interval: 100ms, interval_while_down: 100ms, timeout: 5s, rise: 1, fall: 1"

    @Test("keep requests from a dead server, which is logged once")
    func dead() throws {
        let (origins, dead) = (try NamedOrigin.named("A", "B"), try ReservedPort())
        let proxy = try RunningProxy(
            origins.map(\.address) + ["127.0.0.1:\(dead.port)"],
            group: "failover: false, health_check: { interval: 1s, interval_while_down: 100ms }")
        #expect(proxy.logs("event=backend_down", "backend=127.0.0.1:\(dead.port)"))
        #expect(proxy.logs("event=backend_up", times: 2))
        let names = try proxy.answers(300)
        #expect(names == (0..<300).map { names[$0 % 2] })
        #expect(Set(names) == ["A", "B"])
        let log = try proxy.accessLog(count: 300)
        #expect(log.allSatisfy { $0["upstream"] != "127.0.0.1:\(dead.port)" })
        #expect(proxy.lines(with: ["event=backend_down"]).count == 1)
    }

    @Test("let a server in when it comes, and out when it goes")
    func comesAndGoes() throws {
        let (origins, reserved) = (try NamedOrigin.named("A", "B"), try ReservedPort())
        let proxy = try RunningProxy(
            origins.map(\.address) + ["127.0.0.1:\(reserved.port)"],
            group: "failover: false, health_check: { \(Self.often) }")
        #expect(proxy.logs("event=backend_down"))
        reserved.close()
        let late = try NamedOrigin("D", port: reserved.port)
        #expect(proxy.logs("event=backend_up", "backend=\(late.address)"))
        #expect(Set(try proxy.answers(30)) == ["A", "B", "D"])
        late.stop()
        #expect(proxy.logs("event=backend_down", "backend=\(late.address)", times: 2))
        #expect(Set(try proxy.answers(30)) == ["A", "B"])
        #expect(proxy.lines(with: ["event=backend_up", late.address]).count == 1)
    }

    @Test("over HTTP take a server out by its status, and back")
    func status() throws {
        let origins = try NamedOrigin.named("A", "B")
        let check =
            "path: /health?deep, host: app.internal, status: [200, 204-299], body: is fine"
        let proxy = try RunningProxy(
            origins, group: "failover: false, health_check: { \(check), \(Self.often) }")
        #expect(proxy.logs("event=backend_up", times: 2))
        #expect(Set(try proxy.answers(10)) == ["A", "B"])
        origins[1].health = [503]
        #expect(proxy.logs("event=backend_down", "backend=\(origins[1].address)", "503"))
        #expect(Set(try proxy.answers(20)) == ["A"])
        origins[1].health = [204, 250]
        #expect(proxy.logs("event=backend_up", "backend=\(origins[1].address)", times: 2))
        #expect(Set(try proxy.answers(10)) == ["A", "B"])
        let asked = try #require(origins[1].checks.first)
        #expect(asked.target == "/health?deep")
        #expect(asked["host"] == "app.internal")
    }

    @Test("over HTTP take a server out whose answer lacks the text")
    func body() throws {
        let origins = try NamedOrigin.named("A", "B")
        let proxy = try RunningProxy(
            origins, group: "health_check: { path: /health, body: A is fine, \(Self.often) }")
        #expect(proxy.logs("event=backend_down", "backend=\(origins[1].address)"))
        #expect(proxy.logs("event=backend_up", "backend=\(origins[0].address)"))
        #expect(Set(try proxy.answers(20)) == ["A"])
    }

    @Test("ask at another port, if there is one")
    func port() throws {
        let (origin, judge) = (try NamedOrigin("A"), try NamedOrigin("J"))
        let check = "path: /health, port: \(judge.port), \(Self.often)"
        let proxy = try RunningProxy([origin], group: "health_check: { \(check) }")
        #expect(proxy.logs("event=backend_up"))
        judge.health = [500]
        #expect(proxy.logs("event=backend_down"))
        #expect(try proxy.answers(1) == ["503"])
        #expect(origin.checks.isEmpty)
    }

    @Test("take nobody out before so many failures in a row")
    func fall() throws {
        let origin = try NamedOrigin("A")
        origin.health = [200, 500, 500]
        let check = "path: /health, interval: 100ms, jitter_percent: 0, fall: 3"
        let proxy = try RunningProxy([origin], group: "health_check: { \(check) }")
        #expect(eventually { origin.checks.count > 9 })
        #expect(!proxy.process.errors.contains("event=backend_down"))
        origin.health = [500]
        #expect(proxy.logs("event=backend_down"))
    }

    @Test("answer 503 at once while all are down, and recover by themselves")
    func allDown() throws {
        let origins = try NamedOrigin.named("A", "B", "C")
        for origin in origins { origin.stop() }
        let proxy = try RunningProxy(origins, group: "health_check: { \(Self.often) }")
        #expect(proxy.logs("event=backend_down", times: 3))
        #expect(try proxy.answers(10) == Array(repeating: "503", count: 10))
        let log = try proxy.accessLog(count: 10)
        #expect(log.allSatisfy { $0["upstream"] == "-" })
        for origin in origins { try origin.start() }
        #expect(proxy.logs("event=backend_up", times: 3))
        #expect(Set(try proxy.answers(12)) == ["A", "B", "C"])
    }

    @Test(
        "let a server that comes back have its share at once, or slowly",
        arguments: [("0s", 90...110), ("1h", 1...60)])
    func slowStart(time: String, share: ClosedRange<Int>) throws {
        let origins = try NamedOrigin.named("A", "B")
        let check = "path: /health, \(Self.often)"
        let proxy = try RunningProxy(
            origins, group: "slow_start: \(time), health_check: { \(check) }")
        #expect(proxy.logs("event=backend_up", times: 2))
        origins[1].health = [500]
        #expect(proxy.logs("event=backend_down"))
        origins[1].health = [200]
        #expect(proxy.logs("event=backend_up", times: 3))
        let count = try proxy.answers(200).count { $0 == "B" }
        #expect(share.contains(count), "\(count)")
    }

    @Test(
        "are not believed where too few would be left",
        arguments: [(0, "A"), (33, "A"), (34, "ABC")])
    func panic(percent: Int, fit: String) throws {
        let names = Set(fit.map(String.init))
        let origins = try NamedOrigin.named("A", "B", "C")
        for origin in origins.dropFirst() { origin.health = [500] }
        let check = "path: /health, \(Self.often)"
        let proxy = try RunningProxy(
            origins, group: "panic_percent: \(percent), health_check: { \(check) }")
        #expect(proxy.logs("event=backend_down", times: 2))
        #expect(proxy.logs("event=backend_up"))
        // The answer to whether too few are left holds for a moment.
        #expect(try eventually { Set(try proxy.answers(12)) == names })
        #expect(Set(try proxy.answers(30)) == names)
    }

    @Test("and failover let backups serve only while the others are down")
    func backup() throws {
        let origins = try NamedOrigin.named("A", "B")
        let servers = [origins[0].address, "{ address: \(origins[1].address), backup: true }"]
        let proxy = try RunningProxy(servers, group: "health_check: { \(Self.often) }")
        #expect(proxy.logs("event=backend_up", times: 2))
        #expect(Set(try proxy.answers(10)) == ["A"])
        origins[0].stop()
        #expect(Set(try proxy.answers(5)) == ["B"])
        #expect(proxy.logs("event=backend_down"))
        #expect(Set(try proxy.answers(10)) == ["B"])
        try origins[0].start()
        #expect(proxy.logs("event=backend_up", times: 3))
        #expect(Set(try proxy.answers(10)) == ["A"])
    }
}
