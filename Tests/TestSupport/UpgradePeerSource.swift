/// A peer of a hand-over in Python, written after docs/UPGRADE_PROTOCOL.md alone.
public enum UpgradePeerSource {
    /// Sends and receives messages: `send`, `field`, `receive`, `greet`.
    public static let conversation = #"""
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

        def place(kind, left=0):
            return struct.pack(">BQ", kind, left)

        # A request that was answered, on a connection that persists.
        relay = (bytes([3]) + place(1, 5) + place(4) + place(4, 1 << 40) + place(2)
                 + struct.pack(">5I", 1, 2, 60000, 30000, 2**32 - 1))

        def greet(s, role):
            send(s, 0, 1, field(0x8001, struct.pack(">H", 1)) + field(0x8002, struct.pack(">H", 7))
                 + field(0x8003, struct.pack(">I", os.getpid())) + field(0x8004, bytes([role]))
                 + field(0x0005, b"python") + field(0x0063, b"from the future"))
            kind, fields, _ = receive(s, 0)
            fields = dict(fields)
            assert kind == 1 and fields[4] == bytes([3 - role])
            assert struct.unpack(">H", fields[1])[0] <= 1 <= struct.unpack(">H", fields[2])[0]

        """#
}
