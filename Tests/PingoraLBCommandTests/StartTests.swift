import Foundation
import PingoraConfig
import PingoraCore
import PingoraGateway
import Testing

@testable import pingora_lb

@Suite("What the program starts with")
struct StartTests {
    private static let file = """
        threads: 3
        access_log: off
        log_level: error
        listeners: [127.0.0.1:80]
        upstreams: {a: {servers: [10.0.0.1:1]}, b: {servers: [10.0.0.2:1]}}
        routes: [{match: {path_prefix: /b}, upstream: b}, {upstream: a}]
        """

    @Test("is what the flags say, where there is no file")
    func flagsOnly() throws {
        let configuration = try configuration(["--upstream", "10.0.0.1:1"])
        #expect(configuration.listeners.map(\.description) == ["127.0.0.1:6188"])
        #expect(configuration.upstreams.map(\.name) == ["default"])
        #expect(configuration.accessLog == .standardOutput)
    }

    @Test("is an error, where nothing is there to serve")
    func nothing() {
        let error = #expect(throws: StartError.self) { try configuration([]) }
        #expect(error?.message.hasPrefix("no upstreams configured: give a file") ?? false)
    }

    @Test("is the file's, where there are no flags")
    func fileOnly() throws {
        let configuration = try configuration([], file: Self.file)
        #expect(configuration.listeners.map(\.description) == ["127.0.0.1:80"])
        #expect(configuration.upstreams.map(\.name) == ["a", "b"])
        #expect(configuration.routes.map(\.upstream) == [1, 0])
        #expect(configuration.threads == 3)
        #expect(configuration.accessLog == nil)
        #expect(configuration.logLevel == .error)
    }

    @Test("logs access to standard output, where the file does not say")
    func accessLog() throws {
        let text = Self.file.replacingOccurrences(of: "access_log: off\n", with: "")
        #expect(try configuration([], file: text).accessLog == .standardOutput)
    }

    @Test("is the flags', where both speak")
    func flagsBeatFile() throws {
        let configuration = try configuration(
            [
                "--listen", "127.0.0.1:90", "--threads", "5", "--access-log", "stderr",
                "--log-level", "debug",
            ], file: Self.file)
        #expect(configuration.listeners.map(\.description) == ["127.0.0.1:90"])
        #expect(configuration.threads == 5)
        #expect(configuration.accessLog == .standardError)
        #expect(configuration.logLevel == .debug)
        #expect(configuration.upstreams.map(\.name) == ["a", "b"])
    }

    @Test(
        "has no routes of a file whose upstreams are replaced", arguments: ["--demo", "--upstream"])
    func replaced(flag: String) throws {
        let arguments = flag == "--demo" ? [flag] : [flag, "10.0.0.9:1"]
        let configuration = try configuration(arguments, file: Self.file)
        #expect(configuration.routes.isEmpty)
        #expect(configuration.upstreams.count == arguments.count - 1)
        // The file may even lack them.
        let short = try self.configuration(arguments, file: "listeners: [127.0.0.1:80]")
        #expect(short.listeners.map(\.description) == ["127.0.0.1:80"])
    }

    private func configuration(
        _ arguments: [String], file: String? = nil
    ) throws -> GatewayConfiguration {
        var arguments = arguments
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        if let file {
            try Data(file.utf8).write(to: URL(filePath: path))
            arguments += ["-c", path]
        }
        return try CommandLineOptions(parsing: arguments).load().configuration
    }
}
