import Glibc
import Testing

/// Single connections over an upgrade: who serves them, and every byte of them.
@Suite("Over an upgrade")
struct ConnectionMoveTests {
    /// Until a test says so, no answer ends.
    private static func holding(_ gate: Gate) throws -> ScriptedOrigin {
        try ScriptedOrigin { connection in
            while let request = try connection.nextRequest() {
                guard request.target == "/slow" else {
                    try connection.answer(request)
                    continue
                }
                try connection.wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
                gate.wait()
                try connection.wire.send(" half")
            }
        }
    }

    @Test("an idle client stays connected, and is served by the new process")
    func idle() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let client = try service.connect()
        #expect(try client.get("/before").text == "GET /before\n")
        let new = try service.replace(old)
        #expect(old.waitForExit() == .code(0))
        #expect(try client.get("/after").text == "GET /after\n")
        #expect(client.ending == nil)
        #expect(old.accessLines(for: "/before").count == 1)
        let lines = new.accessLines(for: "/after")
        #expect(lines.count == 1)
        #expect(lines.first?["client"] == "127.0.0.1")
        #expect(old.accessLines(for: "/after", count: 0).isEmpty)
    }

    private static let halfHead = "GET /half HTTP/1.1\r\nHost: a\r\nX-Long: abcdefgh\r\n\r\n"

    @Test(
        "a request head comes in two parts, one to each process",
        arguments: [1, 4, 18, 27, halfHead.utf8.count - 2, halfHead.utf8.count - 1])
    func splitHead(bytes count: Int) throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let head = Array(ConnectionMoveTests.halfHead.utf8)
        let client = try service.connect()
        try client.send(Array(head.prefix(count)))
        // So that it is there: another connection is answered after it.
        #expect(try service.get("/other") == "GET /other\n")
        let new = try service.replace(old)
        #expect(old.waitForExit() == .code(0))
        try client.send(Array(head.dropFirst(count)))
        #expect(try client.readResponse().text == "GET /half\n")
        #expect(new.accessLines(for: "/half").count == 1)
        #expect(origin.requests.last?["x-long"] == "abcdefgh")
    }

    @Test("requests in a row are answered each once and in their order, by both processes")
    func pipelined() throws {
        let count = 40
        let origin = try ScriptedOrigin { connection in
            while let request = try connection.nextRequest() {
                usleep(20_000)
                try connection.answer(request)
            }
        }
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let successor = try service.beginSuccessor()
        let client = try service.connect()
        let targets = (0..<count).map { "/\($0)" }
        try client.send(targets.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        #expect(try client.readResponse().text == "GET /0\n")
        old.signal(SIGQUIT)
        for target in targets.dropFirst() {
            #expect(try client.readResponse().text == "GET \(target)\n")
        }
        try successor.waitForEvent("took_over")
        #expect(old.waitForExit() == .code(0))
        #expect(origin.requests.map(\.target) == targets)
        let first = old.accessTargets()
        let rest = successor.accessTargets(atLeast: count - first.count)
        #expect(first + rest == targets)
        #expect(!first.isEmpty && !rest.isEmpty)
    }

    @Test("a slow answer comes whole, and the next request is served by the new process")
    func slowAnswer() throws {
        let gate = Gate()
        let origin = try ConnectionMoveTests.holding(gate)
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let client = try service.connect()
        try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readHead()?.status == 200)
        #expect(try client.take(5) == Array("first".utf8))
        let new = try service.replace(old)
        #expect(try service.get("/new") == "GET /new\n")
        // It moves, so that no old process stays for its sake.
        #expect(old.waitForExit() == .code(0))
        gate.open()
        #expect(try client.take(5) == Array(" half".utf8))
        #expect(try client.get("/next").text == "GET /next\n")
        #expect(new.accessLines(for: "/next").count == 1)
        let lines = new.accessLines(for: "/slow")
        #expect(lines.count == 1)
        #expect(lines.first?["sent"] == "10")
        #expect(!old.accessTargets().contains("/slow"))
    }

    @Test("five hundred idle clients at once stay connected")
    func manyClients() throws {
        let count = 500
        let origin = try ScriptedOrigin.echoing()
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let clients = try (0..<count).map { _ in try service.connect() }
        // Half of them have been served, half are new.
        for client in clients.prefix(count / 2) {
            #expect(try client.get("/before").status == 200)
        }
        let new = try service.replace(old)
        #expect(old.waitForExit() == .code(0))
        for client in clients { #expect(try client.get("/after").status == 200) }
        #expect(new.accessLines(for: "/after", count: count).count == count)
        try new.waitForEvent("predecessor_left")
        #expect(new.events("predecessor_left")[0].contains("connections=\(count)"))
    }

    @Test("and one more at once, everything goes on to the third process")
    func twoUpgrades() throws {
        let gate = Gate()
        let origin = try ConnectionMoveTests.holding(gate)
        let service = try UpgradingService(upstreams: [origin.port])
        let first = try service.start()
        let (idle, busy) = (try service.connect(), try service.connect())
        #expect(try idle.get("/before").status == 200)
        try busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try busy.readHead()?.status == 200)
        let second = try service.replace(first)
        let third = try service.replace(second)
        #expect(try idle.get("/after").text == "GET /after\n")
        #expect(first.waitForExit() == .code(0))
        #expect(second.waitForExit() == .code(0))
        gate.open()
        #expect(try busy.take(10) == Array("first half".utf8))
        #expect(try busy.get("/next").text == "GET /next\n")
        #expect(third.accessLines(for: "/next").count == 1)
        #expect(third.accessLines(for: "/slow").first?["sent"] == "10")
        #expect(eventually { service.processInFile == third.processID })
    }
}

extension ChildProcess {
    /// The targets of its access log, in their order.
    func accessTargets(atLeast count: Int = 0) -> [String] {
        var targets: [String] = []
        _ = eventually {
            targets = output.split(separator: "\n").map { LogEntry($0)["target"] }
            return targets.count >= count
        }
        return targets
    }
}
