import Foundation
import Testing

@testable import pingora_lb

@Suite("HelpText")
struct HelpTextTests {
    @Test("is what was reviewed last")
    func golden() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/help.txt")
        #expect(HelpText.help == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test("fits a screen")
    func size() {
        let lines = HelpText.help.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 24)
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    /// What looks like an option.
    static var options: [String] {
        let words = HelpText.help.split { !(("a"..."z") ~= $0) && $0 != "-" }
        return words.filter { $0.hasPrefix("-") && $0.count > 1 }.map(String.init)
    }

    @Test("names every option that is understood, and no other")
    func options() throws {
        let named = HelpTextTests.options
        let understood = [
            "-c", "--conf", "-t", "--test", "-d", "--daemon", "-u", "--upgrade", "--listen",
            "--upstream", "--threads", "--access-log", "--log-level", "-h", "--help", "--version",
            "--demo",
        ]
        #expect(Set(named) == Set(understood))
        for option in understood {
            do {
                _ = try CommandLineOptions(parsing: [option, "value"])
            } catch {
                #expect(!error.message.hasPrefix("unknown option"), "\(option)")
            }
        }
    }
}
