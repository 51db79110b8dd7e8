import Foundation

/// `pingora-lb` as it was built beside this test, started with flags or a file.
final class RunningProxy {
    let process: ChildProcess
    /// The port of its first listener.
    let port: UInt16

    /// Starts it before `upstreams` on 127.0.0.1, and waits until it listens.
    convenience init(
        upstreams: [UInt16], _ flags: [String] = [], logLevel: String = "debug"
    ) throws {
        var arguments = ["--listen", "127.0.0.1:0", "--threads", "2"]
        arguments += ["--access-log", "stdout", "--log-level", logLevel]
        for upstream in upstreams { arguments += ["--upstream", "127.0.0.1:\(upstream)"] }
        try self.init(arguments + flags, in: TemporaryDirectory())
    }

    /// Starts it with these arguments, and waits until it listens.
    init(_ arguments: [String], in directory: TemporaryDirectory) throws {
        process = try ChildProcess(RunningProxy.executable, arguments, in: directory)
        var found: UInt16?
        let process = process
        let isReady = eventually {
            found = RunningProxy.port(in: process.errors)
            return found != nil || !process.isAlive
        }
        guard isReady, let found else {
            throw HarnessError("pingora-lb does not listen: \(process.errors)")
        }
        port = found
    }

    /// The executable that the package manager puts beside the test bundle, or the one that
    /// `PINGORA_LB` names: a release build, for instance.
    static var executable: String {
        if let path = ProcessInfo.processInfo.environment["PINGORA_LB"] { return path }
        // Without the link there is no executable, and the start says so.
        let bundle = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: bundle ?? "").deletingLastPathComponent().path + "/pingora-lb"
    }

    private static func port(in log: String) -> UInt16? {
        for line in log.split(separator: "\n") where line.contains("service=gateway ") {
            let address = line.split(separator: " ").first { $0.hasPrefix("address=") }
            let digits = address?.split(separator: ":").last
            if let digits, let port = UInt16(digits) { return port }
        }
        return nil
    }

    /// Connects a client.
    func connect() throws -> RawConnection {
        try RawConnection(connectingTo: port)
    }

    /// One exchange on a connection of its own, which then ends.
    func exchange(_ request: String, method: String = "GET") throws -> Message {
        let client = try connect()
        try client.send(request)
        return try client.readResponse(to: method)
    }

    /// `GET target`, on a connection of its own.
    func get(_ target: String = "/") throws -> Message {
        try exchange("GET \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    }

    /// The lines of the access log, once there are `count` of them. Two loops write it: lines of
    /// different connections stand in any order.
    func accessLog(count: Int) throws -> [LogEntry] {
        var lines: [LogEntry] = []
        let isThere = eventually {
            lines = process.output.split(separator: "\n").map(LogEntry.init)
            return lines.count >= count
        }
        guard isThere else {
            throw HarnessError("\(lines.count) lines in the access log, wanted \(count)")
        }
        return lines
    }

    /// Whether it comes back to `count` open descriptors.
    func returns(toDescriptors count: Int) -> Bool {
        eventually { process.descriptorCount == count }
    }
}

/// A line of the access log.
struct LogEntry {
    let text: String

    init(_ line: Substring) {
        text = String(line)
    }

    /// The value of `key=value`; empty if the line has none.
    subscript(key: String) -> String {
        let word = text.split(separator: " ").first { $0.hasPrefix(key + "=") }
        return word.map { String($0.dropFirst(key.count + 1)) } ?? ""
    }
}
