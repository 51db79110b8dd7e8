import TestSupport

/// A successor in Python, which knows docs/UPGRADE_PROTOCOL.md alone, and leaves it at a step.
enum UpgradingPeer {
    /// Up to where it keeps to the protocol.
    enum Step: String {
        /// It has accepted the connection, and said nothing.
        case connected
        case greeted
        /// It has all sockets, and has not confirmed them.
        case transferred
        case received
        /// It has said that it is ready for probes.
        case ready
        /// It has answered all probes.
        case approved
        /// It has said that it serves, and has not read the answer.
        case serving
        /// It is on its own.
        case released
        /// It has acknowledged as many connections as it was told.
        case adopted
    }

    /// What it does at that step.
    enum Behaviour: String {
        case exits
        case isKilled = "killed"
        case hangs
    }

    /// Starts it. It listens at the path of `service`, and says `at STEP` when it is there.
    static func start(
        for service: UpgradingService, _ step: Step, _ behaviour: Behaviour, adopting count: Int = 0
    ) throws -> ChildProcess {
        let arguments = [service.upgradeSocket, step.rawValue, behaviour.rawValue, "\(count)"]
        let process = try PythonProcess.start(
            ["-c", UpgradePeerSource.conversation + source] + arguments, in: TemporaryDirectory())
        guard eventually({ process.output.contains("listens") || !process.isAlive }),
            process.isAlive
        else { throw HarnessError("no successor in Python: \(process.errors)") }
        return process
    }

    /// A process that gives one socket and is killed before it can say that this was all.
    static func startDyingPredecessor(of service: UpgradingService) throws -> ChildProcess {
        try PythonProcess.start(
            ["-c", UpgradePeerSource.conversation + predecessorSource, service.upgradeSocket],
            in: TemporaryDirectory())
    }

    private static let predecessorSource = #"""
        import signal
        s = socket.socket(socket.AF_UNIX)
        s.connect(sys.argv[1])
        greet(s, 1)
        listener = socket.create_server(("127.0.0.1", 0))
        send(s, 1, 2, field(0x8006, b"127.0.0.1:%d" % listener.getsockname()[1]),
             [listener.fileno()])
        os.kill(os.getpid(), signal.SIGKILL)
        """#

    private static let source = #"""
        import signal, time

        path, last_step, behaviour, adopted = sys.argv[1:5]

        def reach(step):
            if step != last_step: return
            print("at", step, flush=True)
            if behaviour == "killed": os.kill(os.getpid(), signal.SIGKILL)
            if behaviour == "hangs": time.sleep(600)
            os._exit(3)

        os.umask(0o177)
        waiting = socket.socket(socket.AF_UNIX)
        waiting.bind(path + ".new")
        waiting.listen(1)
        os.rename(path + ".new", path)
        print("listens", flush=True)
        s, _ = waiting.accept()
        os.unlink(path)
        reach("connected")
        greet(s, 2)
        reach("greeted")
        held = []
        while True:
            kind, fields, fds = receive(s, 1)
            held += fds
            if kind == 3: break
        reach("transferred")
        send(s, 1, 4, field(0x8007, struct.pack(">I", len(held))))
        reach("received")
        send(s, 1, 16)
        reach("ready")
        while True:
            kind, fields, fds = receive(s, 1)
            if kind == 18: break
            assert kind == 17, kind
            probe = socket.socket(fileno=fds[0])
            probe.setblocking(True)
            probe.recv(4096)
            probe.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            probe.close()
        reach("approved")
        send(s, 1, 5)
        reach("serving")
        assert receive(s, 1) == (6, [], [])
        reach("released")
        for number in range(int(adopted)):
            kind, fields, fds = receive(s, 1)
            assert kind in (20, 21), kind
            send(s, 1, 22, field(0x8007, struct.pack(">I", number + 1)))
        reach("adopted")
        """#
}
