import Foundation
import Testing

@testable import pingora_lb

/// The program itself, as a process that ends by itself.
@Suite("pingora-lb")
struct ProgramTests {
    private static let good = "listeners: [127.0.0.1:0]\nupstreams: {a: {servers: [10.0.0.1:1]}}\n"

    @Test("prints the summary of a good file and exits 0")
    func good() throws {
        let result = try run(["-t", "-c", "lb.yaml"], file: Self.good + "threads: 2\n")
        #expect(result.code == 0)
        #expect(result.errors == "")
        #expect(
            result.output == """
                lb.yaml: configuration is ok
                  listen    127.0.0.1:0
                  upstream  a  10.0.0.1:1
                  threads   2

                """)
    }

    @Test(
        "prints all problems of a bad file to standard error and exits 1", arguments: [true, false])
    func bad(isTest: Bool) throws {
        let arguments = (isTest ? ["-t"] : []) + ["-c", "lb.yaml"]
        let result = try run(arguments, file: Self.good + "treads: 2\nlimits: 5\n")
        #expect(result.code == 1)
        #expect(result.output == "")
        #expect(
            result.errors == """
                lb.yaml:3:1: unknown key 'treads', did you mean 'threads'?
                lb.yaml:4:9: limits: expected a mapping, got "5"
                lb.yaml: 2 problems

                """)
    }

    @Test("names a file that is not there and exits 1", arguments: [["-t"], []])
    func missing(flags: [String]) throws {
        let result = try run(flags + ["--conf", "nowhere.yaml"])
        #expect(result.code == 1)
        #expect(result.output == "")
        #expect(
            result.errors
                == "pingora-lb: cannot read nowhere.yaml: No such file or directory\n")
    }

    @Test(
        "exits 2 for a command line that it does not understand",
        arguments: [
            (["--nope"], "pingora-lb: unknown option '--nope'\nTry 'pingora-lb --help'.\n")
        ])
    func usage(arguments: [String], expected: String) throws {
        let result = try run(arguments)
        #expect(result.code == 2)
        #expect(result.output == "")
        #expect(result.errors == expected)
    }

    @Test(
        "prints help and version",
        arguments: [("--help", HelpText.help), ("--version", HelpText.version + "\n")])
    func help(flag: String, expected: String) throws {
        let result = try run([flag])
        #expect(result.code == 0)
        #expect(result.output == expected)
    }

    /// Runs the program, in a folder where `file` is `lb.yaml`.
    private func run(
        _ arguments: [String], file: String? = nil
    ) throws -> (code: Int32, output: String, errors: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        if let file { try Data(file.utf8).write(to: folder.appending(path: "lb.yaml")) }
        let program: URL = try #require(Self.program)
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // Both fit a pipe, so that reading one after the other can't wait for ever.
        let texts = [output, errors].map { pipe in
            String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }
        process.waitUntilExit()
        return (process.terminationStatus, texts[0], texts[1])
    }

    /// The program beside the file that this test was loaded from, whatever the configuration of
    /// the build.
    private static let program: URL? = {
        let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        let line = maps?.split(separator: "\n").first { $0.hasSuffix("PackageTests.xctest") }
        guard let line, let start = line.firstIndex(of: "/") else { return nil }
        return URL(filePath: String(line[start...])).deletingLastPathComponent()
            .appending(path: "pingora-lb")
    }()
}
