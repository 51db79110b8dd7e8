import Glibc
import Testing

/// `kill -9` at any moment of a hand-over.
@Suite("A kill during a hand-over", .serialized)
struct UpgradeKillTests {
    /// So many connections of each kind that some move, some are in flight, some wait.
    private static let idleClients = 10

    private static let slowProbes =
        "wait: 5s, probation: 20s, probes: [{ path: /echo/probe?delay=200, host: a }]"

    private struct Running {
        let origin: ChildProcess
        let service: UpgradingService
        let old: ChildProcess
        let load: UpgradingLoad
    }

    private func start(waits: String = "wait: 5s") throws -> Running {
        let origin = try UpgradingLoad.startOrigin()
        let service = try UpgradingService(upstreams: [origin.port], waits: waits)
        let old = try service.start()
        let load = try UpgradingLoad(on: service)
        #expect(old.accessTargets(atLeast: 20).count >= 20)
        return Running(origin: origin.process, service: service, old: old, load: load)
    }

    /// The old process serves on; a good successor replaces it, and nobody has lost anything.
    private func expectNoHarm(_ running: Running) throws {
        try running.old.waitForEvent("hand_over_failed")
        #expect(running.old.events("hand_over_failed")[0].contains("died"))
        #expect(running.service.processInFile == running.old.processID)
        let new = try running.service.replace(running.old)
        #expect(running.old.waitForExit() == .code(0))
        let counts = try running.load.finish()
        #expect(counts.faults == 0, "\(counts.events)")
        #expect(counts.requests > 20)
        withExtendedLifetime(new) {}
    }

    @Test("of the successor before it has the sockets harms nobody")
    func beforeReceipt() throws {
        let running = try start()
        let successor = try running.service.beginSuccessor()
        successor.signal(SIGSTOP)
        running.old.signal(SIGQUIT)
        try running.old.waitForEvent("waiting_for_successor")
        // By now the old process has spoken to one that can't answer.
        usleep(200_000)
        successor.signal(SIGKILL)
        #expect(successor.waitForExit() == .signal(SIGKILL))
        try expectNoHarm(running)
    }

    @Test("of the successor on probation harms nobody")
    func onProbation() throws {
        let running = try start(waits: UpgradeKillTests.slowProbes + ", probe_requests: 8")
        let successor = try running.service.beginSuccessor()
        running.old.signal(SIGQUIT)
        try successor.waitForEvent("sockets_received")
        // Somewhere within the 1.6 seconds that the probes take.
        usleep(500_000)
        successor.signal(SIGKILL)
        #expect(successor.waitForExit() == .signal(SIGKILL))
        try running.old.waitForEvent("hand_over_failed")
        #expect(running.old.events("hand_over_failed")[0].contains("probe"))
        #expect(running.service.processInFile == running.old.processID)
        let new = try running.service.replace(running.old)
        let counts = try running.load.finish()
        #expect(counts.faults == 0, "\(counts.events)")
        withExtendedLifetime(new) {}
    }

    @Test(
        "of the successor before it is on its own harms nobody",
        arguments: [
            UpgradingPeer.Step.connected, .greeted, .transferred, .received, .approved, .serving,
        ])
    func step(step: UpgradingPeer.Step) throws {
        let running = try start()
        let successor = try UpgradingPeer.start(for: running.service, step, .isKilled)
        running.old.signal(SIGQUIT)
        #expect(successor.waitForExit() == .signal(SIGKILL))
        try expectNoHarm(running)
    }

    @Test("of a successor that has taken clients costs those clients, and nobody else")
    func amongMovingClients() throws {
        let taken = 3
        let origin = try ScriptedOrigin.echoing()
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let clients = try (0..<UpgradeKillTests.idleClients).map { number in
            let client = try service.connect()
            #expect(try client.get("/before-\(number)").status == 200)
            return client
        }
        let successor = try UpgradingPeer.start(
            for: service, .adopted, .isKilled, adopting: taken)
        old.signal(SIGQUIT)
        #expect(successor.waitForExit() == .signal(SIGKILL))
        try old.waitForEvent("hand_over_failed")
        var lost = 0
        for client in clients {
            if (try? client.get("/after").status) != 200 { lost += 1 }
        }
        #expect(lost == taken)
        #expect(try service.get("/new") == "GET /new\n")
        #expect(old.accessLines(for: "/after", count: clients.count - taken).count == 7)
    }

    @Test("of a successor that has taken over with nobody there brings the old process back")
    func withoutClients() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let successor = try UpgradingPeer.start(for: service, .released, .isKilled)
        old.signal(SIGQUIT)
        #expect(successor.waitForExit() == .signal(SIGKILL))
        try old.waitForEvent("hand_over_failed")
        #expect(try service.get("/new") == "GET /new\n")
    }

    @Test("of a real successor that has just taken over leaves the service up")
    func rightAfter() throws {
        let origin = try ScriptedOrigin { connection in
            while let request = try connection.nextRequest() {
                // What takes longest keeps the old process there.
                if request.target == "/slow" { usleep(2_000_000) }
                try connection.answer(request)
            }
        }
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let busy = try service.connect()
        try busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { origin.requests.count == 1 })
        let successor = try service.replace(old)
        #expect(eventually { service.processInFile == successor.processID })
        successor.signal(SIGKILL)
        #expect(successor.waitForExit() == .signal(SIGKILL))
        try old.waitForEvent("hand_over_failed")
        // The request had not moved: it is answered, and new clients are served.
        #expect(try busy.readResponse().text == "GET /slow\n")
        #expect(try service.get("/new") == "GET /new\n")
        #expect(eventually { service.processInFile == old.processID })
        let next = try service.replace(old)
        #expect(try service.get("/next") == "GET /next\n")
        #expect(next.accessLines(for: "/next").count == 1)
    }

    @Test("of the old process right after it costs only what it had in flight")
    func oldRightAfter() throws {
        let origin = try ScriptedOrigin { connection in
            while let request = try connection.nextRequest() {
                if request.target == "/stuck" { try connection.stall() }
                try connection.answer(request)
            }
        }
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let clients = try (0..<UpgradeKillTests.idleClients).map { _ in
            let client = try service.connect()
            #expect(try client.get("/before").status == 200)
            return client
        }
        let busy = try service.connect()
        try busy.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { origin.requests.last?.target == "/stuck" })
        let full = try #require(old.descriptorCount)
        let new = try service.replace(old)
        // The idle ones leave at once.
        #expect(eventually { old.descriptorCount.map { $0 <= full - clients.count } ?? true })
        old.signal(SIGKILL)
        #expect(old.waitForExit() == .signal(SIGKILL))
        try new.waitForEvent("predecessor_left")
        for client in clients { #expect(try client.get("/after").text == "GET /after\n") }
        #expect(try service.get("/new") == "GET /new\n")
        #expect(new.accessLines(for: "/after", count: clients.count).count == clients.count)
        busy.close()
    }

    @Test("of the old process while it tries its successor out has the successor serve")
    func oldOnProbation() throws {
        let origin = try UpgradingLoad.startOrigin()
        let service = try UpgradingService(
            upstreams: [origin.port], waits: UpgradeKillTests.slowProbes + ", probe_requests: 50")
        let old = try service.start()
        let successor = try service.beginSuccessor()
        old.signal(SIGQUIT)
        try successor.waitForEvent("sockets_received")
        old.signal(SIGKILL)
        #expect(old.waitForExit() == .signal(SIGKILL))
        try successor.waitForEvent("took_over")
        #expect(try service.connect().get("/").status == 200)
        #expect(eventually { service.processInFile == successor.processID })
        withExtendedLifetime(origin.process) {}
    }

    @Test("of the old process before the sockets are over ends the successor")
    func oldBeforeTransfer() throws {
        let service = try UpgradingService(upstreams: [1])
        let successor = try service.beginSuccessor()
        let old = try UpgradingPeer.startDyingPredecessor(of: service)
        #expect(old.waitForExit() == .signal(SIGKILL))
        #expect(successor.waitForExit() == .code(1))
        #expect(successor.errors.contains("transfer"), "\(successor.errors)")
        #expect(service.processInFile == nil)
    }
}
