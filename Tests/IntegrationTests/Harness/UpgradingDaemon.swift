import Glibc

/// `pingora-lb -d` with listeners of all kinds, and the processes that replace each other there.
final class UpgradingDaemon {
    let port: UInt16
    /// The path of the listener that is a Unix socket.
    var socketPath: String { directory.path + "/lb.sock" }
    private let directory: TemporaryDirectory
    private let configurationFile: String

    /// Whether the machine has [::1].
    static let hasIPv6 = access("/proc/net/if_inet6", F_OK) == 0

    init(upstream: UInt16) throws {
        let directory = try TemporaryDirectory()
        let port = try TCPSocket.freePort()
        (self.directory, self.port) = (directory, port)
        let six = UpgradingDaemon.hasIPv6 ? "\"[::1]:\(port)\", " : ""
        configurationFile = try directory.write(
            "lb.yaml",
            """
            version: 1
            threads: 2
            pid_file: \(directory.path)/lb.pid
            error_log: \(directory.path)/error.log
            access_log: off
            upgrade_sock: \(directory.path)/upgrade.sock
            listeners: [127.0.0.1:\(port), \(six)"unix:\(directory.path)/lb.sock"]
            upstreams: { app: { servers: [127.0.0.1:\(upstream)] } }

            """)
    }

    deinit {
        for process in processes { process.signal(SIGKILL) }
    }

    /// All that run, those that still drain among them.
    var processes: [ProcessEntry] { ProcessEntry.running(with: configurationFile) }
    /// The one that the pid file names.
    var current: ProcessEntry? { process(in: "lb.pid") }
    /// The one that was there before, while it drains.
    var previous: ProcessEntry? { process(in: "lb.pid.old") }
    var log: String { directory.read("error.log") }

    private func process(in file: String) -> ProcessEntry? {
        pid_t(directory.read(file).prefix { $0.isNumber }).map(ProcessEntry.init)
    }

    /// Runs the command that starts it, or its successor, to its end.
    func launch(_ flags: [String] = []) throws -> ProcessEntry {
        try finish(begin(flags))
    }

    private func begin(_ flags: [String]) throws -> ChildProcess {
        try ChildProcess(
            RunningProxy.executable, ["-c", configurationFile, "-d"] + flags,
            in: TemporaryDirectory())
    }

    private func finish(_ command: ChildProcess) throws -> ProcessEntry {
        let exit = command.waitForExit()
        guard exit == .code(0), let current else {
            throw HarnessError(
                "pingora-lb -d ended with \(exit.debugDescription): \(command.errors)\n"
                    + log.suffix(2000))
        }
        return current
    }

    /// Replaces the process: `kill -QUIT OLD && pingora-lb -c FILE -d -u`, or the other way round.
    func replace(newFirst: Bool) throws -> ProcessEntry {
        guard let old = current else { throw HarnessError("no pid file") }
        guard newFirst else {
            old.signal(SIGQUIT)
            return try launch(["-u"])
        }
        let command = try begin(["-u"])
        guard eventually({ access(directory.path + "/upgrade.sock", F_OK) == 0 }) else {
            throw HarnessError("the new process does not come to the socket")
        }
        old.signal(SIGQUIT)
        return try finish(command)
    }
}
