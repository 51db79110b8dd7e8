import Testing

/// One of two servers is down: what that costs is bounded by the budget of retries.
@Suite("Outages", .timeLimit(.minutes(1)))
struct OutageTests {
    private func proxy(
        _ port: UInt16, _ origin: ScriptedOrigin, percent: Int
    ) throws -> RunningProxy {
        try RunningProxy(
            file: """
                version: 1
                threads: 1
                log_level: debug
                retry_budget_percent: \(percent)
                listeners: [127.0.0.1:0]
                upstreams: { app: { servers: [127.0.0.1:\(port), 127.0.0.1:\(origin.port)] } }

                """)
    }

    @Test("go unnoticed where each request may be tried again")
    func covered() throws {
        let (dead, origin) = (try ReservedPort(), try ScriptedOrigin.echoing())
        let proxy = try proxy(dead.port, origin, percent: 100)
        #expect(try (0..<100).allSatisfy { try proxy.get("/\($0)").text == "GET /\($0)\n" })
        #expect(try proxy.accessLog(count: 100).contains { $0["tries"] == "2" })
        #expect(!proxy.process.errors.contains("event=retries_used_up"))
    }

    @Test("are answered 502 once the retries are used up, which are ten a second without a share")
    func usedUp() throws {
        let (dead, origin) = (try ReservedPort(), try ScriptedOrigin.echoing())
        let proxy = try proxy(dead.port, origin, percent: 0)
        let clock = ContinuousClock()
        let begin = clock.now
        let statuses = try (0..<300).map { try proxy.get("/\($0)").status }
        let seconds = Int(clock.now.duration(to: begin).components.seconds.magnitude)
        #expect(Set(statuses) == [200, 502])
        let retried = try proxy.accessLog(count: 300).filter { $0["tries"] == "2" }
        // So many seconds may have begun.
        #expect(10...10 * (seconds + 2) ~= retried.count, "\(retried.count) in \(seconds) s")
        #expect(retried.allSatisfy { $0["status"] == "200" })
        #expect(eventually { proxy.process.errors.contains("event=retries_used_up") })
    }
}
