import Testing

/// Servers that are taken out because of how they answer.
@Suite("Balancing: ejection", .timeLimit(.minutes(2)))
struct BalancingEjectionTests {
    private static let forLong = "duration: 1h, max_duration: 1h"

    @Test("takes a server out after so many failures in a row, and no client notices")
    func consecutive() throws {
        let origins = try NamedOrigin.named("A", "B")
        origins[1].manner = .closing
        let proxy = try RunningProxy(
            origins, group: "ejection: { consecutive_failures: 3, \(Self.forLong) }")
        #expect(try proxy.answers(40) == Array(repeating: "A", count: 40))
        #expect(origins[1].requests.count == 3)
        let lines = proxy.lines(with: ["event=backend_ejected"])
        #expect(lines.count == 1)
        #expect(lines.first?.contains("backend=\(origins[1].address)") ?? false)
    }

    @Test("takes a server out by the share of its failures")
    func share() throws {
        let origins = try NamedOrigin.named("A", "B")
        origins[1].manner = .status(503)
        let rule = "consecutive_failures: 0, failure_percent: 50, minimum_requests: 4, window: 1h"
        let proxy = try RunningProxy(origins, group: "ejection: { \(rule), \(Self.forLong) }")
        let answers = try proxy.answers(40)
        #expect(answers.count { $0 == "503" } == 4)
        #expect(answers.count { $0 == "A" } == 36)
        #expect(origins[1].requests.count == 4)
    }

    @Test("leaves a server alone whose answers are the client's fault")
    func clientErrors() throws {
        let origins = try NamedOrigin.named("A", "B")
        origins[1].manner = .status(404)
        let proxy = try RunningProxy(
            origins, group: "ejection: { consecutive_failures: 1, \(Self.forLong) }")
        #expect(try proxy.answers(10).count { $0 == "404" } == 5)
    }

    @Test("tries a server again after a while")
    func returns() throws {
        let origins = try NamedOrigin.named("A", "B")
        origins[1].manner = .closing
        let proxy = try RunningProxy(
            origins, group: "ejection: { consecutive_failures: 1, duration: 100ms }")
        #expect(try eventually { try proxy.answers(1) == ["A"] && !origins[1].requests.isEmpty })
        #expect(proxy.logs("event=backend_ejected"))
        origins[1].manner = .answering
        #expect(try proxy.isServed(by: "B"))
        #expect(try Set(proxy.answers(20)) == ["A", "B"])
    }

    @Test("takes no more out than so many at a time")
    func most() throws {
        let origins = try NamedOrigin.named("A", "B", "C")
        for origin in origins.dropFirst() { origin.manner = .closing }
        let rule = "consecutive_failures: 1, max_ejected_percent: 50, \(Self.forLong)"
        let proxy = try RunningProxy(
            origins, group: "ejection: { \(rule) }", "retry_budget_percent: 100")
        #expect(try proxy.answers(30) == Array(repeating: "A", count: 30))
        let counts = origins.dropFirst().map { $0.requests.count }.sorted()
        #expect(counts[0] == 1)
        #expect(counts[1] >= 10, "\(counts)")
        #expect(proxy.lines(with: ["event=backend_ejected"]).count == 1)
        #expect(proxy.logs("event=backend_kept"))
    }

    @Test("of all answers 503 at once, and recovers by itself")
    func all() throws {
        let origins = try NamedOrigin.named("A", "B")
        for origin in origins { origin.stop() }
        let rule = "consecutive_failures: 1, max_ejected_percent: 100, duration: 2s"
        let proxy = try RunningProxy(origins, group: "ejection: { \(rule) }")
        #expect(try eventually { try proxy.get().status == 503 })
        for origin in origins { try origin.start() }
        #expect(try proxy.isServed(by: "A"))
        #expect(try proxy.isServed(by: "B"))
        #expect(proxy.process.isAlive)
    }
}
