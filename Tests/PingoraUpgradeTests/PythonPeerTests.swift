import CLinux
import Glibc
import TestSupport
import Testing

@testable import PingoraUpgrade

/// An independent peer, written after docs/UPGRADE_PROTOCOL.md alone: it shows that the page is
/// right.
@Suite("A peer in Python")
struct PythonPeerTests {
    private static let successorSource = #"""
        s = socket.socket(fileno=3)
        greet(s, 2)
        names, fds = [], []
        while True:
            kind, fields, more = receive(s, 1)
            if kind == 3: break
            assert kind == 2
            names += [value for tag, value in fields if tag == 6]
            fds += more
        assert fields == [(7, struct.pack(">I", len(fds)))]
        assert names == [b"listener 0 \n"] + [b"spare %d" % i for i in range(299)], names[:3]
        send(s, 1, 4, field(0x8007, struct.pack(">I", len(fds))))
        listener = socket.socket(fileno=fds[0])
        send(s, 1, 16)
        for expected in (b"web", b"\x00web"):
            kind, fields, fds = receive(s, 1)
            assert (kind, fields, len(fds)) == (17, [(6, expected)], 1), fields
            probe = socket.socket(fileno=fds[0])
            probe.setblocking(True)
            probe.sendall(probe.recv(100)[::-1])
            probe.close()
        assert receive(s, 1) == (18, [], [])
        send(s, 1, 5)
        assert receive(s, 1) == (6, [], [])
        client, _ = listener.accept()
        client.sendall(b"python")

        kind, fields, fds = receive(s, 1)
        assert (kind, len(fds)) == (20, 1)
        assert dict(fields) == {6: b"127.0.0.1:80", 9: b"10.0.0.1:5000", 10: b"GET / ",
            14: struct.pack(">I", 3), 15: struct.pack(">I", 1500)}, fields
        send(s, 1, 22, field(0x8007, struct.pack(">I", 1)))
        os.write(fds[0], b"client")

        kind, fields, fds = receive(s, 1)
        assert (kind, len(fds)) == (21, 2)
        assert dict(fields) == {6: b"web", 9: b"[::1]:5000", 16: b"10.0.0.2:443",
            17: b"GET /a HTTP/1.1\r\n\r\n", 18: struct.pack(">H", 101),
            19: struct.pack(">Q", 1 << 40), 14: struct.pack(">I", 4), 20: struct.pack(">I", 2),
            21: struct.pack(">Q", 2**64 - 1), 22: struct.pack(">Q", 1 << 63), 10: b"\x01",
            11: b"\x02\x02", 12: b"\x03\x03\x03", 13: b"\x00", 23: b"\x02"}, fields
        send(s, 1, 22, field(0x8007, struct.pack(">I", 2)))
        os.write(fds[0], b"tunnel's client")
        os.write(fds[1], b"tunnel's server")

        kind, fields, fds = receive(s, 1)
        assert (kind, len(fds)) == (21, 2)
        assert dict(fields)[24] == relay, dict(fields)[24]
        send(s, 1, 22, field(0x8007, struct.pack(">I", 3)))
        assert receive(s, 1) == (23, [], [])
        """#

    private static let predecessorSource = #"""
        s = socket.socket(socket.AF_UNIX)
        s.connect(sys.argv[1])
        listener = socket.create_server(("127.0.0.1", 0))
        greet(s, 1)
        names = [b"listener"] * 254
        send(s, 1, 2, b"".join(field(0x8006, n) for n in names[:253]), [listener.fileno()] * 253)
        send(s, 1, 2, field(0x8006, b"last"), [listener.fileno()])
        send(s, 1, 3, field(0x8007, struct.pack(">I", 254)))
        assert receive(s, 1) == (4, [(7, struct.pack(">I", 254))], [])
        assert receive(s, 1) == (16, [], [])
        for service in (b"web", b"other"):
            mine, theirs = socket.socketpair()
            send(s, 1, 17, field(0x8006, service), [theirs.fileno()])
            theirs.close()
            assert mine.recv(100) == service
        send(s, 1, 18)
        assert receive(s, 1) == (5, [], [])
        send(s, 1, 6)

        def number(tag, form, value):
            return field(tag | 0x8000, struct.pack(">" + form, value))
        mine, theirs = socket.socketpair()
        send(s, 1, 20, field(0x8006, b"127.0.0.1:80") + field(0x8009, b"10.0.0.1:5000")
             + field(0x800a, b"GET / ") + number(14, "I", 3) + number(15, "I", 1500),
             [theirs.fileno()])
        assert receive(s, 1) == (22, [(7, struct.pack(">I", 1))], [])
        # The same values as in the tests of the other role, in another order.
        send(s, 1, 21, number(23, "B", 2) + field(0x800d, b"\x00") + number(22, "Q", 1 << 63)
             + field(0x800c, b"\x03" * 3) + number(21, "Q", 2**64 - 1) + field(0x0063, b"?")
             + field(0x800b, b"\x02" * 2) + number(20, "I", 2) + field(0x000a, b"\x01")
             + number(14, "I", 4) + number(19, "Q", 1 << 40) + number(18, "H", 101)
             + field(0x0011, b"GET /a HTTP/1.1\r\n\r\n") + field(0x8010, b"10.0.0.2:443")
             + field(0x0009, b"[::1]:5000") + field(0x8006, b"web"),
             [theirs.fileno(), listener.fileno()])
        assert receive(s, 1) == (22, [(7, struct.pack(">I", 2))], [])
        send(s, 1, 21, field(0x8018, relay) + number(23, "B", 0) + number(22, "Q", 0)
             + number(21, "Q", 0) + number(20, "I", 1) + number(14, "I", 1)
             + number(19, "Q", 0) + number(18, "H", 200)
             + field(0x8011, b"GET / HTTP/1.1\r\n\r\n") + field(0x8006, b"web"),
             [theirs.fileno(), listener.fileno()])
        assert receive(s, 1) == (22, [(7, struct.pack(">I", 3))], [])
        send(s, 1, 23)
        """#

    @Test("takes sockets, probes and connections from us")
    func successor() throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(listen(listener, 8) == 0)
        let port = try port(of: listener)
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        let process = try spawn(Self.successorSource, channel: theirs)
        close(theirs)
        let sockets =
            [(name("listener 0 \n"), listener)]
            + (0..<299).map { (name("spare \($0)"), marked.number) }
        var predecessor = Predecessor(channel: try makeChannel(ours), limits: ample)
        let outcome = predecessor.handOver(
            sockets.map { (name: $0.0, descriptor: $0.1) },
            proving: { line in
                for service in ["web", "\0web"] {
                    guard reversal(of: "abc", &line, name(service)) == "cba" else {
                        return "no reversal"
                    }
                }
                return nil
            })
        #expect(outcome == .successorServes(processID: UInt32(process)))
        close(listener)
        // Should the peer fail, its copy of the listener goes with it, and this does not block.
        if case .successorServes = outcome {
            let client = try connect(to: port)
            #expect(readAll(client, 6) == "python")
            close(client)
            let pairs = (0..<3).map { _ in MarkedSocket() }
            try predecessor.move([
                .client(sampleClient, descriptor: pairs[0].number),
                .tunnel(sampleTunnel, client: pairs[1].number, server: pairs[2].number),
                .tunnel(sampleRequest, client: pairs[1].number, server: pairs[2].number),
            ])
            #expect(predecessor.adoptedCount == 3)
            predecessor.sayFarewell()
            #expect(readAll(pairs[0].peer, 6) == "client")
            #expect(readAll(pairs[1].peer, 15) == "tunnel's client")
            #expect(readAll(pairs[2].peer, 15) == "tunnel's server")
        }
        #expect(status(of: process) == 0)
    }

    @Test("gives sockets, probes and connections to us")
    func predecessor() throws {
        let path = makePath("python")
        let listener = try UpgradeListener(binding: path)
        let process = try spawn(Self.predecessorSource, argument: path)
        do {
            var successor = Successor(channel: try listener.accept(within: .seconds(20)))
            var taken = try successor.takeSockets()
            try successor.announceReady { service, connection in
                writeAll(connection.number, service.bytes)
            }
            #expect(try successor.announceServing() == .released)
            var messages: [Message] = []
            let end = successor.receiveConnections { messages.append(Adopted($0).message) }
            #expect(end == .farewell)
            #expect(
                messages == [.client(sampleClient), .tunnel(sampleTunnel), .tunnel(sampleRequest)])
            #expect(taken.count == 254)
            #expect(status(of: process) == 0)
            guard let last = taken.claim(name("last")) else {
                Issue.record("the last name did not come")
                return
            }
            let client = try connect(to: try port(of: last.number))
            let accepted = accept(last.number, nil, nil)
            #expect(accepted >= 0)
            close(accepted)
            close(client)
        } catch {
            _ = status(of: process)
            throw error
        }
    }

    /// What a service of the peer makes of `text`.
    private func reversal(
        of text: String, _ line: inout ProbeLine, _ service: SocketName
    ) -> String? {
        guard let connection = try? line.connect(to: service) else { return nil }
        writeAll(connection.number, Array(text.utf8))
        guard clinux_linux.poll(connection.number, POLLIN, 20_000) > 0 else { return nil }
        return readAll(connection.number, text.utf8.count)
    }

    private func readAll(_ number: CInt, _ count: Int) -> String {
        var buffer = [UInt8](repeating: 0, count: count)
        let found = recv(number, &buffer, count, CInt(MSG_WAITALL))
        return String(decoding: buffer.prefix(max(0, found)), as: UTF8.self)
    }

    /// Starts Python, with `channel` as its descriptor 3.
    private func spawn(
        _ source: String, channel: CInt? = nil, argument: String = ""
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let channel {
            // The same number would keep close-on-exec in older C libraries.
            let copy = channel == 3 ? fcntl(channel, F_DUPFD_CLOEXEC, 10) : channel
            posix_spawn_file_actions_adddup2(&actions, copy, 3)
        }
        let words = ["python3", "-c", UpgradePeerSource.conversation + source, argument]
        var arguments = words.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var process = pid_t()
        let result = posix_spawn(&process, "/usr/bin/python3", &actions, nil, arguments, environ)
        try #require(result == 0)
        return process
    }

    /// The exit status of a process, once it has ended.
    private func status(of process: pid_t) -> CInt {
        var status: CInt = -1
        while waitpid(process, &status, 0) == -1, errno == EINTR {}
        return status
    }
}
