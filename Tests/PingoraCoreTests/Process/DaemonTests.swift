import Glibc
import Testing

@testable import PingoraCore

@Suite("Daemon")
struct DaemonTests {
    /// Runs `detach SCENARIO` in a folder of its own; returns what the launcher printed.
    private func launch(_ scenario: String, in folder: ProbeFolder) throws -> String {
        let probe = try ProbeProcess(["detach", scenario, folder.path])
        let lines = probe.lines()
        #expect(probe.waitForEnd() == 0)
        return lines.joined(separator: "\n")
    }

    @Test("tells the launcher that it serves, from a session without a terminal")
    func serves() throws {
        let folder = ProbeFolder()
        let result = try launch("serve", in: folder)
        let facts = try #require(ProbeFolder.read(folder.file("facts")))
        let lines = facts.split(separator: "\n").map(String.init)
        let process = try #require(Int32(lines[0].dropFirst("process=".count)))
        #expect(result == "serving(process: \(process))")
        #expect(
            lines.dropFirst().filter { !$0.hasPrefix("stderr=") } == [
                "leads=false", "umask=27", "terminal=false", "stdin=/dev/null",
                "stdout=/dev/null", "broken_pipe=\(EPIPE)",
            ])
        // The launcher has ended, so whoever collects orphans here is the parent now.
        let status = try #require(ProbeFolder.read("/proc/\(process)/stat"))
        let words = status.split(separator: " ")
        #expect(words[3] != "\(getpid())")
        #expect(words[5] != "\(getsid(0))", "a session of its own")
        #expect(words[6] == "0", "no terminal")
    }

    @Test(
        "tells the launcher what went wrong",
        arguments: [
            ("fail", "failed(reason: \"address in use:\\n?[2J127.0.0.1:80\")"),
            ("exit", "died(exit status 3)"),
            ("crash", "died(signal 11)"),
        ])
    func fails(scenario: String, expected: String) throws {
        #expect(try launch(scenario, in: ProbeFolder()) == expected)
    }

    @Test(
        "has all three standard descriptors, even where it was started without",
        arguments: ["<&-", "2>&-", "<&- 2>&-"])
    func closedDescriptors(redirection: String) throws {
        let folder = ProbeFolder()
        let probe = try ProbeProcess(
            ["detach", "serve", folder.path], script: "exec \"$0\" \"$@\" \(redirection)")
        #expect(probe.lines().first?.hasPrefix("serving(") == true)
        let facts = try #require(ProbeFolder.read(folder.file("facts")))
        let lines = facts.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("std") && $0.hasSuffix("=/dev/null") }.count >= 2)
        #expect(!lines.contains("stderr="))
        #expect(redirection == "<&-" || lines.contains("stderr=/dev/null"))
    }

    @Test("bounds a long reason")
    func longReason() throws {
        let result = try launch("long", in: ProbeFolder())
        #expect(result.hasPrefix("failed(reason: \"xxxx"))
        #expect(result.utf8.filter { $0 == UInt8(ascii: "x") }.count == 4096 - "failed ".count - 1)
    }

    @Test("leaves a daemon that says nothing alone, and knows its process")
    func silent() throws {
        let folder = ProbeFolder()
        let result = try launch("silent", in: folder)
        #expect(result.hasPrefix("silent(process: Optional("))
        let process = try #require(Int32(result.filter { $0.isNumber }))
        #expect(kill(process, 0) == 0)
    }

    @Test("opens the log of errors anew, and keeps it where that fails")
    func errors() throws {
        let folder = ProbeFolder()
        #expect(try launch("errors", in: folder).hasPrefix("serving"))
        #expect(ProbeFolder.read(folder.file("errors.1")) == "first\n")
        #expect(ProbeFolder.read(folder.file("errors")) == "second\n")
        #expect(ProbeFolder.mode(folder.file("errors")) == "640 \(getuid())")
        let refused = ProbeFolder.read(folder.file("refused"))
        #expect(refused == "open: no such file or directory (ENOENT)")
    }

    @Test("refuses to split a process with threads")
    func threads() throws {
        let probe = try ProbeProcess(["detach", "threads", "/tmp"])
        #expect(probe.lines() == [])
        // A trap: SIGILL or SIGTRAP.
        #expect([-SIGILL, -SIGTRAP].contains(probe.waitForEnd()))
    }
}
