import Glibc

/// `pingora-lb` with one file and one port after the other process: each in the foreground, with
/// logs of its own, so that a test can tell who has served a request.
final class UpgradingService {
    let port: UInt16
    let upgradeSocket: String
    private let directory: TemporaryDirectory
    private let configurationFile: String

    /// A service before `upstreams`, with `more` at the end of its file.
    init(upstreams: [UInt16], file more: String = "", waits: String = "wait: 5s") throws {
        let servers = upstreams.map { "127.0.0.1:\($0)" }.joined(separator: ", ")
        let directory = try TemporaryDirectory()
        let port = try TCPSocket.freePort()
        (self.directory, self.port) = (directory, port)
        upgradeSocket = directory.path + "/upgrade.sock"
        configurationFile = try directory.write(
            "lb.yaml",
            """
            version: 1
            threads: 2
            pid_file: \(directory.path)/lb.pid
            upgrade_sock: \(upgradeSocket)
            upgrade: { \(waits) }
            grace_period_seconds: 20
            graceful_shutdown_timeout_seconds: 1
            listeners: [127.0.0.1:\(port)]
            upstreams: { app: { servers: [\(servers)] } }
            \(more)

            """)
    }

    /// The process that the pid file names; nil if there is no file.
    var processInFile: pid_t? { pid_t(directory.read("lb.pid").prefix { $0.isNumber }) }

    /// Starts the program without waiting for anything.
    func begin(_ flags: [String] = []) throws -> ChildProcess {
        try ChildProcess(
            RunningProxy.executable, ["-c", configurationFile] + flags, in: TemporaryDirectory())
    }

    /// Starts the first process, and waits until it serves.
    func start() throws -> ChildProcess {
        let process = try begin()
        try process.waitForEvent("listening")
        return process
    }

    /// Starts a successor, which waits for its predecessor.
    func beginSuccessor() throws -> ChildProcess {
        let successor = try begin(["-u"])
        try successor.waitForEvent("waiting_for_predecessor")
        return successor
    }

    /// Replaces `old`, and returns its successor once that serves.
    func replace(_ old: ChildProcess) throws -> ChildProcess {
        let successor = try beginSuccessor()
        old.signal(SIGQUIT)
        try successor.waitForEvent("took_over")
        return successor
    }

    func connect() throws -> RawConnection { try RawConnection(connectingTo: port) }

    /// The body of `GET target`, on a connection of its own.
    func get(_ target: String = "/") throws -> String {
        let client = try connect()
        return try client.get(target, "Connection: close\r\n").text
    }
}

/// What a process of the service has written.
extension ChildProcess {
    /// The lines of its log with this event.
    func events(_ name: String) -> [String] {
        errors.split(separator: "\n").filter { $0.contains(" event=\(name)") }.map(String.init)
    }

    /// Waits until it has logged this event `count` times.
    func waitForEvent(_ name: String, count: Int = 1) throws {
        let isThere = eventually { events(name).count >= count || !isAlive }
        guard isThere, events(name).count >= count else {
            throw HarnessError("no event \(name) in: \(errors.suffix(2000))")
        }
    }

    /// The lines of its access log for this target, once there is one.
    func accessLines(for target: String, count: Int = 1) -> [LogEntry] {
        var found: [LogEntry] = []
        _ = eventually {
            found = output.split(separator: "\n").map(LogEntry.init)
                .filter { $0["target"] == target }
            return found.count >= count
        }
        return found
    }
}
