import Glibc
import Testing

/// A process at the upgrade socket that does not keep to the protocol.
enum ForeignPeer: String, CaseIterable {
    case noise, http, cutHello, oversized, unknownKind, otherHeader, otherVersions, sameRole
    case noiseAfterHello, refusal, silence, end

    /// What it sends, to a process that plays the part `role` (docs/UPGRADE_PROTOCOL.md).
    func bytes(to role: UInt8) -> [UInt8] {
        let other = 3 - role
        switch self {
        case .noise: return Pattern.bytes(4096)
        case .http: return Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        case .cutHello: return Array(hello(as: other).dropLast(3))
        case .oversized: return header(version: 0, kind: 1, count: .max)
        case .unknownKind: return header(version: 0, kind: 99, count: 0)
        case .otherHeader: return header(version: 9, kind: 1, count: 0)
        case .otherVersions: return hello(as: other, lowest: 7, highest: 9)
        case .sameRole: return hello(as: role)
        case .noiseAfterHello: return hello(as: other) + Pattern.bytes(4096)
        case .refusal:
            return header(version: 0, kind: 7, count: 12) + field(8, Array("enough".utf8))
        case .silence, .end: return []
        }
    }

    /// Whether it closes the connection then; or waits for the other side to do so.
    var closes: Bool { self == .cutHello || self == .end }

    /// What the other process says about it.
    var reason: String {
        switch self {
        case .noise, .http, .noiseAfterHello: "not a message of this protocol"
        case .cutHello, .end: "closed the connection during greeting"
        case .oversized: "payload too long: limit 1048576 bytes, got 4294967295"
        case .unknownKind: "unknown kind of message 99"
        case .otherHeader: "version 9, expected 0"
        case .otherVersions: "the peer speaks versions 7 to 9 of the protocol"
        case .sameRole: "both processes play the same part"
        case .refusal: "gave up: enough"
        case .silence: "in time during greeting"
        }
    }

    private func hello(as role: UInt8, lowest: UInt8 = 1, highest: UInt8 = 1) -> [UInt8] {
        let fields =
            field(0x8001, [0, lowest]) + field(0x8002, [0, highest])
            + field(0x8003, [0, 0, 0, 1]) + field(0x8004, [role])
        return header(version: 0, kind: 1, count: UInt32(fields.count)) + fields
    }

    private func header(version: UInt16, kind: UInt16, count: UInt32) -> [UInt8] {
        Array("PGUP".utf8) + number(version) + number(kind) + number(count) + [0, 0, 0, 0]
    }

    private func field(_ tag: UInt16, _ value: [UInt8]) -> [UInt8] {
        number(tag) + number(UInt32(value.count)) + value
    }

    private func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}

@Suite("Strangers at the upgrade socket")
struct ForeignPeerTests {
    @Test(
        "in the place of a successor do no harm: the old process serves, and is upgraded later",
        arguments: ForeignPeer.allCases)
    func successor(peer: ForeignPeer) throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        let old = try service.start()
        let client = try service.connect()
        #expect(try client.get("/before").status == 200)
        let descriptors = old.descriptorCount

        let listener = try UnixPeer.listen(at: service.upgradeSocket)
        old.signal(SIGQUIT)
        try meet(peer, over: UnixPeer.accept(on: listener), role: 1)
        close(listener)
        #expect(service.logs("event=hand_over_failed"))
        let line = try #require(service.lines(with: "event=hand_over_failed").first)
        #expect(line.contains(peer.reason), "\(line)")
        #expect(try client.get("/after").text == "GET /after\n")
        // Before another client may need another connection to the origin.
        #expect(eventually { old.descriptorCount == descriptors })
        #expect(try service.get("/after").text == "GET /after\n")

        try service.replace(old)
        #expect(try client.get("/moved").text == "GET /moved\n")
    }

    @Test(
        "in the place of the old process end the new one, which leaves nothing behind",
        arguments: ForeignPeer.allCases)
    func predecessor(peer: ForeignPeer) throws {
        let service = try ServiceDirectory()
        service.settings["upgrade"] = "{ wait: 10s }"
        let process = try service.run(["-u"])
        try meet(peer, over: UnixPeer.connect(to: service.upgradeSocket), role: 2)
        #expect(process.waitForExit() == .code(1))
        #expect(process.errors.hasPrefix("pingora-lb: cannot take over: "))
        #expect(process.errors.contains(peer.reason), "\(process.errors)")
        #expect(service.lines(with: "event=start_failed").count == 1)
        #expect(!service.exists("upgrade.sock"))
        #expect(!service.exists("lb.pid"))
        #expect(service.isPortClosed)
    }

    @Test("of another user are not believed to be a successor", .enabled(if: geteuid() == 0))
    func successorOfAnotherUser() throws {
        let origin = try ScriptedOrigin.echoing()
        let service = try ServiceDirectory(upstreams: [origin.port])
        service.give(to: nobody)
        let old = try service.start()
        let directory = try TemporaryDirectory()
        let stranger = try PythonProcess.start(
            [
                "-c",
                becomeNobody + """
                    s.bind(sys.argv[1]); s.listen()
                    c, _ = s.accept()
                    print("received", len(c.recv(100)))
                    """, service.upgradeSocket,
            ], in: directory)
        #expect(eventually { service.exists("upgrade.sock") })
        old.signal(SIGQUIT)
        #expect(service.logs("event=hand_over_failed"))
        #expect(service.errorLog.contains("the peer runs as user \(nobody), expected root or our"))
        #expect(stranger.waitForExit() == .code(0))
        #expect(stranger.output == "received 0\n")
        #expect(try service.get("/after").status == 200)
    }

    @Test(
        "of another user are turned away by a new process", .enabled(if: geteuid() == 0),
        arguments: [false, true])
    func predecessorOfAnotherUser(isFileOpen: Bool) throws {
        let service = try ServiceDirectory()
        service.give(to: nobody)
        let process = try service.run(["-u"])
        #expect(eventually { service.exists("upgrade.sock") })
        if isFileOpen { #expect(chmod(service.upgradeSocket, 0o666) == 0) }
        let directory = try TemporaryDirectory()
        let stranger = try PythonProcess.start(
            [
                "-c",
                becomeNobody + """
                    try:
                        s.connect(sys.argv[1])
                        print("received", len(s.recv(100)))
                    except OSError as error:
                        print(error.strerror)
                    """, service.upgradeSocket,
            ], in: directory)
        #expect(stranger.waitForExit() == .code(0))
        #expect(stranger.output == (isFileOpen ? "received 0\n" : "Permission denied\n"))
        #expect(process.waitForExit() == .code(1))
        #expect(process.errors.contains(isFileOpen ? "runs as user \(nobody)" : "nobody at "))
        #expect(!service.exists("upgrade.sock"))
    }

    private let nobody: uid_t = 65534
    private let becomeNobody = """
        import os, socket, sys
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        s = socket.socket(socket.AF_UNIX)

        """

    /// Behaves as `peer` does, until the other process has left.
    private func meet(_ peer: ForeignPeer, over wire: RawConnection, role: UInt8) throws {
        // It may leave as soon as it has understood.
        try? wire.send(peer.bytes(to: role))
        if !peer.closes { _ = try wire.waitForEnd() }
        wire.close()
    }
}
