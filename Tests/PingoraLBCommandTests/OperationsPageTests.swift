import Foundation
import Testing

@testable import pingora_lb

@Suite("Pages for operators")
struct OperationsPageTests {
    /// Three folders above this file.
    private static let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test("the manual page explains every option of the help, and no other")
    func options() throws {
        // `.It Fl c , Fl Fl conf Ar file` begins the entry of an option.
        let items = try OperationsPageTests.text("docs/man/pingora-lb.8")
            .split(separator: "\n").filter { $0.hasPrefix(".It Fl ") }
        let words = items.flatMap {
            $0.replacing("Fl Fl ", with: "--").replacing("Fl ", with: "-").split(separator: " ")
        }
        let explained = words.filter { $0.hasPrefix("-") }.map(String.init)
        #expect(Set(explained) == Set(HelpTextTests.options))
    }

    @Test(
        "docs/OPERATIONS.md explains every event of the process",
        arguments: [
            "Sources/PingoraCore/Lifecycle", "Sources/PingoraCore/Server",
            "Sources/PingoraCore/Sockets", "Sources/pingora-lb",
        ])
    func events(folder: String) throws {
        let page = try OperationsPageTests.text("docs/OPERATIONS.md")
        let call = /log(?:\.limited)?\.(?:info|warning|error)\(\s*"([a-z_]+)"/
        let files = try FileManager.default.subpathsOfDirectory(
            atPath: OperationsPageTests.root.appending(path: folder).path)
        var count = 0
        for file in files where file.hasSuffix(".swift") {
            for match in try OperationsPageTests.text("\(folder)/\(file)").matches(of: call) {
                count += 1
                #expect(
                    page.contains("`\(match.output.1)`"),
                    "\(folder)/\(file) logs \(match.output.1): explain it in docs/OPERATIONS.md")
            }
        }
        #expect(count > 0, "nothing is logged in \(folder): is it elsewhere?")
    }
}
