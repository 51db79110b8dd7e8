import Glibc
import Testing

/// Successors that are no good. The old process gives them up, and no client notices.
@Suite("A successor that", .serialized)
struct UpgradeFailureTests {
    /// A successor, and what becomes of it.
    struct Failure: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Part of what the old process says in its log.
        let reason: String
        /// How the successor ends; nil: the test ends it.
        let exit: ChildProcess.Exit?
        /// More keys of `upgrade`.
        let probes: String
        let start: @Sendable (UpgradingService) throws -> ChildProcess?

        init(
            _ name: String, reason: String, exit: ChildProcess.Exit?, probes: String = "",
            _ start: @escaping @Sendable (UpgradingService) throws -> ChildProcess?
        ) {
            testDescription = name
            (self.reason, self.exit, self.start) = (reason, exit, start)
            self.probes = probes
        }

        /// One that leaves the conversation at a step.
        init(
            _ name: String, _ step: UpgradingPeer.Step, _ behaviour: UpgradingPeer.Behaviour,
            reason: String
        ) {
            self.init(name, reason: reason, exit: behaviour == .exits ? .code(3) : nil) {
                try UpgradingPeer.start(for: $0, step, behaviour)
            }
        }
    }

    private static let waits = "wait: 2s, preparation: 2s, probation: 2s, probe_requests: 100"

    /// The probe that is built in is refused before any filter sees it.
    private static let probes = ", probes: [{ path: /, host: a }]"

    private static let failures = [
        Failure(
            "crashes on its 50th request", reason: "probe 50,", exit: .signal(SIGABRT),
            probes: probes
        ) { try UpgradingFaultyBuild.crash.start(for: $0) },
        Failure(
            "answers every probe with 502", reason: "probe 1, GET /: status 502", exit: .code(1),
            probes: probes
        ) { try UpgradingFaultyBuild.badGateway.start(for: $0) },
        Failure(
            "answers no probe", reason: "probe 1, GET /: no answer in time", exit: .code(1),
            probes: probes
        ) { try UpgradingFaultyBuild.hang.start(for: $0) },
        Failure("never comes", reason: "upgrade.sock", exit: nil) { _ in nil },
        Failure("says nothing at all", .connected, .hangs, reason: "in time during greeting"),
        Failure("is never ready", .received, .hangs, reason: "in time during preparation"),
        Failure("hangs on probation", .ready, .hangs, reason: "probe 1, GET /: no answer in time"),
        Failure("never serves", .approved, .hangs, reason: "in time during serving"),
        Failure(
            "exits before it greets", .connected, .exits,
            reason: "died or closed the connection during greeting"),
        Failure(
            "exits after its greeting", .greeted, .exits,
            reason: "died or closed the connection during "),
        Failure(
            "exits with the sockets", .transferred, .exits,
            reason: "died or closed the connection during receipt"),
        Failure(
            "exits before it is ready", .received, .exits,
            reason: "died or closed the connection during preparation"),
        Failure("exits on probation", .ready, .exits, reason: "probe 1,"),
        Failure(
            "exits once it is approved", .approved, .exits,
            reason: "died or closed the connection during serving"),
        Failure("exits as it begins to serve", .serving, .exits, reason: "died"),
        Failure("exits once it is on its own", .released, .exits, reason: "died"),
    ]

    @Test("is no good costs no client its answer, and another one may come", arguments: failures)
    func failure(failure: Failure) throws {
        let origin = try UpgradingLoad.startOrigin()
        let service = try UpgradingService(
            upstreams: [origin.port], waits: UpgradeFailureTests.waits + failure.probes)
        let old = try service.start()
        let load = try UpgradingLoad(on: service)
        #expect(old.accessTargets(atLeast: 20).count >= 20)
        let bad = try failure.start(service)
        old.signal(SIGQUIT)
        try old.waitForEvent("hand_over_failed")
        let line = try #require(old.events("hand_over_failed").first)
        #expect(line.contains(failure.reason), "\(line)")
        #expect(old.isAlive)
        #expect(service.processInFile == old.processID)
        if let exit = failure.exit { #expect(bad?.waitForExit() == exit) }

        let new = try service.replace(old)
        #expect(old.waitForExit() == .code(0))
        #expect(eventually { service.processInFile == new.processID })
        let counts = try load.finish()
        #expect(counts.faults == 0, "\(counts.events)")
        #expect(counts.requests > 20)
    }
}
