import Glibc
import Testing

/// Tunnels over an upgrade: every byte of both directions, and one line in the log.
@Suite("A tunnel over an upgrade")
struct ConnectionMoveTunnelTests {
    private static let upgrade =
        "GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"
    private static let switching =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n"

    /// Switches, then runs `script`.
    private static func origin(
        _ script: @escaping ScriptedOrigin.Script
    ) throws -> ScriptedOrigin {
        try ScriptedOrigin { connection in
            _ = try connection.wire.take(through: "\r\n\r\n")
            try connection.wire.send(switching)
            try script(connection)
        }
    }

    /// Sends back what comes, for as long as it comes.
    private static func echoing() throws -> ScriptedOrigin {
        try origin { connection in
            while try connection.wire.receive() {
                try connection.wire.send(connection.wire.take(connection.wire.input.count))
            }
        }
    }

    private static func open(_ service: UpgradingService) throws -> RawConnection {
        let client = try service.connect()
        try client.send(upgrade)
        #expect(try client.readHead()?.status == 101)
        return client
    }

    @Test("goes on, with one line in the log that counts the bytes of both processes")
    func echo() throws {
        let origin = try ConnectionMoveTunnelTests.echoing()
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let client = try ConnectionMoveTunnelTests.open(service)
        try client.send("before")
        #expect(try client.take(6) == Array("before".utf8))
        let new = try service.replace(old)
        #expect(old.waitForExit() == .code(0))
        try client.send("afterwards")
        #expect(try client.take(10) == Array("afterwards".utf8))
        let last = try service.replace(new)
        #expect(new.waitForExit() == .code(0))
        try client.send("!")
        #expect(try client.take(1) == Array("!".utf8))
        client.close()
        #expect(eventually { origin.openCount == 0 })
        let lines = last.accessLines(for: "/up")
        #expect(lines.count == 1)
        #expect(lines.first?["sent"] == "17")
        #expect(lines.first?["status"] == "101")
        #expect(lines.first?["upstream"] == "127.0.0.1:\(origin.port)")
        #expect(old.accessTargets().isEmpty && new.accessTargets().isEmpty)
    }

    @Test("loses, repeats and reorders nothing that is on its way")
    func inFlight() throws {
        let (size, count, window) = (4096, 2000, 24)
        let origin = try ConnectionMoveTunnelTests.echoing()
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let successor = try service.beginSuccessor()
        let client = try ConnectionMoveTunnelTests.open(service)
        func block(_ number: Int) -> [UInt8] {
            (0..<size).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0 / 7) }
        }
        var isRight = true
        for number in 0..<count {
            // So many blocks are under way, in both directions, as the connection moves.
            if number == count / 4 { old.signal(SIGQUIT) }
            try client.send(block(number))
            if number >= window {
                isRight = try client.take(size) == block(number - window) && isRight
            }
        }
        for number in count - window..<count {
            isRight = try client.take(size) == block(number) && isRight
        }
        #expect(isRight)
        try successor.waitForEvent("took_over")
        #expect(old.waitForExit() == .code(0))
        client.close()
        #expect(successor.accessLines(for: "/up").first?["sent"] == "\(size * count)")
    }

    @Test("keeps what nobody has read yet")
    func unread() throws {
        let count = 8 << 20
        let gate = Gate()
        let origin = try ConnectionMoveTunnelTests.origin { connection in
            try connection.wire.send((0..<count).map { UInt8(truncatingIfNeeded: $0 / 251) })
            gate.open()
            try connection.stall()
        }
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let client = try ConnectionMoveTunnelTests.open(service)
        // Until the buffers of all sockets and of the proxy are full.
        usleep(300_000)
        let new = try service.replace(old)
        #expect(old.waitForExit() == .code(0))
        let bytes = try client.take(count)
        gate.wait()
        #expect(bytes.count == count)
        #expect(bytes.indices.allSatisfy { bytes[$0] == UInt8(truncatingIfNeeded: $0 / 251) })
        client.close()
        #expect(new.accessLines(for: "/up").first?["sent"] == "\(count)")
    }

    @Test("that the client has ended carries what the server says after it")
    func clientEnded() throws {
        let gate = Gate()
        let origin = try ConnectionMoveTunnelTests.origin { connection in
            let all = try connection.wire.takeAll()
            gate.wait()
            try connection.wire.send(all.reversed())
        }
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let client = try ConnectionMoveTunnelTests.open(service)
        try client.send("abc")
        client.finishSending()
        #expect(eventually { origin.received(on: 0).count > 3 })
        let new = try service.replace(old)
        #expect(old.waitForExit() == .code(0))
        gate.open()
        #expect(try client.takeAll() == Array("cba".utf8))
        #expect(client.ending == .closed)
        #expect(new.accessLines(for: "/up").count == 1)
    }

    @Test("that the server has ended carries what the client says after it")
    func serverEnded() throws {
        let origin = try ConnectionMoveTunnelTests.origin { connection in
            try connection.wire.send("bye")
            connection.wire.finishSending()
            guard try connection.wire.takeAll() == Array("late".utf8) else {
                throw HarnessError("not what the client sent")
            }
        }
        let service = try UpgradingService(upstreams: [origin.port])
        let old = try service.start()
        let client = try ConnectionMoveTunnelTests.open(service)
        #expect(try client.takeAll() == Array("bye".utf8))
        let new = try service.replace(old)
        #expect(old.waitForExit() == .code(0))
        try client.send("late")
        client.finishSending()
        #expect(eventually { origin.openCount == 0 })
        #expect(origin.failures.isEmpty, "\(origin.failures)")
        #expect(new.accessLines(for: "/up").first?["sent"] == "3")
    }
}
