import Foundation
import Glibc
import Testing

@testable import PingoraConfig

@Suite("ConfigurationText")
struct ConfigurationTextTests {
    @Test("reads a file to its end", arguments: [0, 1, 65_535, 65_536, 65_537, 300_000])
    func reads(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try ConfigurationText.read(file: file.path) == bytes)
    }

    @Test("reads no more of an endless file than shows that it is too long")
    func endless() throws {
        let count = try ConfigurationText.read(file: "/dev/zero").count
        #expect(count > YAMLLimits.bytes)
        #expect(count <= YAMLLimits.bytes + 65_536)
    }

    @Test(
        "names the file that it can't read, and why",
        arguments: [
            ("/nowhere/lb.yaml", "cannot read /nowhere/lb.yaml: No such file or directory"),
            ("/", "cannot read /: Is a directory"),
            ("/dev/null/lb.yaml", "cannot read /dev/null/lb.yaml: Not a directory"),
        ])
    func unreadable(file: String, expected: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationText.read(file: file)
        }
        #expect(error?.description == expected)
    }

    @Test("counts the problems of a file")
    func count() {
        let problem = ConfigurationProblem(at: .start, path: "a.b", message: "bad")
        #expect(
            "\(ConfigurationError.invalid(file: "f", [problem]))" == "f:1:1: a.b: bad\nf: 1 problem"
        )
        #expect(
            "\(ConfigurationError.invalid(file: "f", [problem, problem]))"
                == "f:1:1: a.b: bad\nf:1:1: a.b: bad\nf: 2 problems")
    }
}
