import CLinux
import Glibc
import Testing

@testable import PingoraUpgrade

/// An independent peer, written after docs/UPGRADE_PROTOCOL.md alone: it shows that the page is
/// right.
@Suite("A peer in Python")
struct PythonPeerTests {
    private static let protocolSource = #"""
        import os, socket, struct, sys

        def send(s, version, kind, fields=b"", fds=()):
            header = b"PGUP" + struct.pack(">HHIHH", version, kind, len(fields), len(fds), 0)
            socket.send_fds(s, [header + fields], list(fds))

        def field(tag, value):
            return struct.pack(">HI", tag, len(value)) + value

        def receive_exactly(s, count, fds):
            data = b""
            while len(data) < count:
                piece, more, flags, _ = socket.recv_fds(s, count - len(data), 253)
                assert piece and not flags & socket.MSG_CTRUNC
                data += piece
                fds += more
            return data

        def receive(s, version):
            fds = []
            header = receive_exactly(s, 16, fds)
            assert header[:4] == b"PGUP"
            found, kind, size, count, zero = struct.unpack(">HHIHH", header[4:])
            assert found == version and zero == 0
            payload = receive_exactly(s, size, fds)
            assert len(fds) == count
            fields = []
            while payload:
                tag, length = struct.unpack(">HI", payload[:6])
                fields.append((tag & 0x7fff, payload[6:6 + length]))
                payload = payload[6 + length:]
            return kind, fields, fds

        def greet(s, role):
            send(s, 0, 1, field(0x8001, struct.pack(">H", 1)) + field(0x8002, struct.pack(">H", 7))
                 + field(0x8003, struct.pack(">I", os.getpid())) + field(0x8004, bytes([role]))
                 + field(0x0005, b"python") + field(0x0063, b"from the future"))
            kind, fields, _ = receive(s, 0)
            fields = dict(fields)
            assert kind == 1 and fields[4] == bytes([3 - role])
            assert struct.unpack(">H", fields[1])[0] <= 1 <= struct.unpack(">H", fields[2])[0]

        """#

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
        assert receive(s, 1) == (18, [], [])
        send(s, 1, 5)
        assert receive(s, 1) == (6, [], [])
        client, _ = listener.accept()
        client.sendall(b"python")
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
        send(s, 1, 18)
        assert receive(s, 1) == (5, [], [])
        send(s, 1, 6)
        """#

    @Test("takes sockets from us")
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
        let outcome = give(sockets, over: ours)
        #expect(outcome == .successorServes(processID: UInt32(process)))
        close(listener)
        // Should the peer fail, its copy of the listener goes with it, and this does not block.
        if case .successorServes = outcome {
            let client = try connect(to: port)
            var buffer = [UInt8](repeating: 0, count: 16)
            let count = recv(client, &buffer, buffer.count, CInt(MSG_WAITALL))
            #expect(buffer.prefix(max(0, count)) == Array("python".utf8)[...])
            close(client)
        }
        #expect(status(of: process) == 0)
    }

    @Test("gives sockets to us")
    func predecessor() throws {
        let path = makePath("python")
        let listener = try UpgradeListener(binding: path)
        let process = try spawn(Self.predecessorSource, argument: path)
        do {
            var successor = Successor(channel: try listener.accept(within: .seconds(20)))
            var taken = try successor.takeSockets()
            try successor.announceReady { _, _ in }
            #expect(try successor.announceServing() == .released)
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
        let words = ["python3", "-c", Self.protocolSource + source, argument]
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
