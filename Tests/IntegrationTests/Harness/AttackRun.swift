import Foundation

/// A run of `Benchmarks/Attacks/run.py` against `pingora-lb`.
struct AttackRun {
    /// What became of a case.
    struct Outcome: Decodable {
        let id, section, name, known, want, got: String
        let passes: Bool
        let problems: [String]

        var explanation: String {
            "\(id), \(name): want \(want), got \(got), \(problems.joined(separator: ", "))"
        }
    }

    struct Listing: Decodable {
        let cases: [String]
        /// Where classes without a case are tested.
        let elsewhere: [String: String]
    }

    let results: [Outcome]

    /// Runs the whole table. What is to come may take 3 s on a busy machine.
    init(_ flags: [String] = []) throws {
        let lines = try Self.output(
            ["--json", "--patience", "3", "--binary", RunningProxy.executable] + flags)
        let decoder = JSONDecoder()
        results = try lines.split(separator: "\n").map {
            try decoder.decode(Outcome.self, from: Data($0.utf8))
        }
    }

    /// What the table holds.
    static func list() throws -> Listing {
        try JSONDecoder().decode(Listing.self, from: Data(output(["--list"]).utf8))
    }

    private static func output(_ arguments: [String]) throws -> String {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in
            url.deletingLastPathComponent()
        }
        let runner = root.appending(path: "Benchmarks/Attacks/run.py").path
        let directory = try TemporaryDirectory()
        let process = try PythonProcess.start([runner] + arguments, in: directory)
        guard eventually(within: 60, { !process.isAlive }) else {
            throw HarnessError("the table of attacks takes more than a minute")
        }
        guard process.errors.isEmpty else { throw HarnessError("run.py: \(process.errors)") }
        return process.output
    }
}
