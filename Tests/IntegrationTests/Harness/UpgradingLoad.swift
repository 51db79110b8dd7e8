import Foundation

/// The load check of `Benchmarks/Upgrade`, as a process.
final class UpgradingLoad {
    /// What it counted. `faults` is the sum of all that a client can complain about.
    struct Counts: Decodable {
        let requests: Int
        let faults: Int
        let messages: Int
        let downloads: Int
        let uploads: Int
        let unfinished: Int
        let events: [String]
    }

    private let process: ChildProcess
    /// More than any test lasts: it ends by itself then, whatever becomes of the test.
    private static let longestSeconds = 300

    /// Few requests, from clients of each kind.
    static let light = [
        "--clients", "4", "--one-shot", "2", "--idle", "10", "--idle-seconds", "1", "--rate", "150",
        "--downloads", "0", "--uploads", "0",
    ]

    /// Starts to load the proxy at `http://authority`.
    init(on authority: String, _ options: [String] = light) throws {
        process = try PythonProcess.start(
            [
                UpgradingLoad.path("load_check.py"), "--url", "http://\(authority)", "--seconds",
                "\(UpgradingLoad.longestSeconds)",
            ] + options, in: TemporaryDirectory())
    }

    /// Starts to load the listener of `service`.
    convenience init(on service: UpgradingService, _ options: [String] = light) throws {
        try self.init(on: "127.0.0.1:\(service.port)", options)
    }

    /// Starts the servers of the load check, which have to stand behind the proxy.
    static func startOrigin() throws -> (process: ChildProcess, port: UInt16) {
        try PythonProcess.startServer([path("origin.py")], in: TemporaryDirectory())
    }

    /// Ends it, once what is in flight is answered, and returns what it counted.
    func finish() throws -> Counts {
        process.signal(SIGTERM)
        _ = process.waitForExit()
        guard let line = process.output.split(separator: "\n").last else {
            throw HarnessError("the load check says nothing: \(process.errors)")
        }
        return try JSONDecoder().decode(Counts.self, from: Data(line.utf8))
    }

    private static func path(_ name: String) -> String {
        // Tests/IntegrationTests/Harness/ and the file.
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return root.path + "/Benchmarks/Upgrade/" + name
    }
}
