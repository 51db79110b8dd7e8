import Foundation

/// The directory of one service: its file, its logs, and the processes that serve from it.
///
/// The file has one listener on a port of its own, so that a second process can take its sockets
/// over. All processes that were started with it end with it.
final class ServiceDirectory {
    let port: UInt16
    /// The values of the file by their keys. Change them, then start or reload.
    var settings: [String: String]
    private let directory: TemporaryDirectory
    /// Kept, since each ends when nobody refers to it any more.
    private var children: [ChildProcess] = []

    /// A service before `upstreams`, with waits of a second.
    init(upstreams: [UInt16] = [1], port wanted: UInt16? = nil) throws {
        let directory = try TemporaryDirectory()
        let port = try wanted ?? TCPSocket.freePort()
        (self.directory, self.port) = (directory, port)
        settings = [
            "version": "1", "threads": "2", "log_level": "debug",
            "listeners": "[127.0.0.1:\(port)]",
            "upstreams": ServiceDirectory.upstreams(upstreams),
            "pid_file": "\(directory.path)/lb.pid",
            "error_log": "\(directory.path)/error.log",
            "access_log": "\(directory.path)/access.log",
            "upgrade_sock": "\(directory.path)/upgrade.sock",
            "upgrade": "{ wait: 1s }",
            "grace_period_seconds": "1", "graceful_shutdown_timeout_seconds": "1",
        ]
    }

    deinit {
        for process in processes { process.signal(SIGKILL) }
    }

    static func upstreams(_ ports: [UInt16]) -> String {
        let servers = ports.map { "127.0.0.1:\($0)" }.joined(separator: ", ")
        return "{ app: { servers: [\(servers)] } }"
    }

    // MARK: Files

    var path: String { directory.path }
    var configurationFile: String { path + "/lb.yaml" }
    var upgradeSocket: String { path + "/upgrade.sock" }
    var errorLog: String { directory.read("error.log") }
    var accessLog: String { directory.read("access.log") }

    func read(_ name: String) -> String { directory.read(name) }

    func write(_ name: String, _ text: String) throws { _ = try directory.write(name, text) }

    func exists(_ name: String) -> Bool { access(path + "/" + name, F_OK) == 0 }

    /// Lets another user create and remove files there.
    func give(to user: uid_t) { chown(path, user, gid_t.max) }

    func writeConfiguration() throws {
        let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }
        try write("lb.yaml", lines.joined())
    }

    /// Waits until the error log has `count` lines with `text`.
    func logs(_ text: String, times count: Int = 1) -> Bool {
        eventually { lines(with: text).count >= count }
    }

    func lines(with text: String) -> [Substring] {
        errorLog.split(separator: "\n").filter { $0.contains(text) }
    }

    // MARK: Processes

    /// Those that were started with its file and run.
    var processes: [ProcessEntry] { ProcessEntry.running(with: configurationFile) }

    /// The one that the pid file names.
    var process: ProcessEntry? {
        pid_t(read("lb.pid").trimmingPrefix { $0 == " " }.prefix { $0.isNumber })
            .map(ProcessEntry.init)
    }

    /// Runs the program with the file as it is now. What it says goes to files of its own.
    func run(_ flags: [String] = []) throws -> ChildProcess {
        try run(RunningProxy.executable, flags)
    }

    /// As a service manager starts it: through a shell that runs `script` first, with `descriptor`
    /// as its 3.
    func run(
        after script: String, passing descriptor: CInt? = nil, _ flags: [String] = []
    ) throws -> ChildProcess {
        let words = ["-c", "\(script)\nexec \"$0\" \"$@\"", RunningProxy.executable]
        return try run("/bin/sh", words + flags, passing: descriptor)
    }

    private func run(
        _ program: String, _ words: [String], passing descriptor: CInt? = nil
    ) throws -> ChildProcess {
        try writeConfiguration()
        let process = try ChildProcess(
            program, words + ["-c", configurationFile], in: TemporaryDirectory(),
            passing: descriptor)
        children.append(process)
        return process
    }

    /// Starts it in the foreground, and waits until it serves.
    func start(_ flags: [String] = []) throws -> ChildProcess {
        try waitForService(by: run(flags))
    }

    /// Waits until a process that was started in the foreground serves.
    @discardableResult
    func waitForService(by process: ChildProcess) throws -> ChildProcess {
        guard eventually({ isServed(by: process) || !process.isAlive }), process.isAlive else {
            throw HarnessError(
                "pingora-lb does not serve (alive: \(process.isAlive)): "
                    + process.errors + errorLog
            )
        }
        return process
    }

    /// It shows its configuration once it serves.
    private func isServed(by process: ChildProcess) -> Bool {
        let entry = ProcessEntry(number: process.processID)
        return (0..<32).contains {
            entry.target(ofDescriptor: $0).contains("pingora-configuration")
        }
    }

    /// Starts it in the background, and returns what serves then.
    func launch(_ flags: [String] = ["-d"]) throws -> ProcessEntry {
        let launcher = try run(flags)
        guard launcher.waitForExit() == .code(0), let process, process.isAlive else {
            throw HarnessError("pingora-lb \(flags) does not start: \(launcher.errors)")
        }
        return process
    }

    // MARK: Clients

    func connect() throws -> RawConnection { try RawConnection(connectingTo: port) }

    /// `GET target`, on a connection of its own.
    func get(_ target: String = "/") throws -> Message {
        let client = try connect()
        return try client.get(target, "Connection: close\r\n")
    }

    /// Whether connections are refused.
    var isPortClosed: Bool { ServiceDirectory.isClosed(port) }

    static func isClosed(_ port: UInt16) -> Bool {
        do {
            try RawConnection(connectingTo: port).close()
            return false
        } catch {
            return "\(error)".contains("errno \(ECONNREFUSED)")
        }
    }
}

extension RawConnection {
    /// One exchange on this connection.
    func get(_ target: String, _ fields: String = "") throws -> Message {
        try send("GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        return try readResponse()
    }
}
