import CLinux
import Glibc
import TestSupport
import Testing

@testable import PingoraCore

/// Who may lead a log elsewhere: the log of a process that root starts may lie where the user that
/// it becomes can write.
@Suite("LogFile")
struct LogFileTests {
    private static let isRoot = geteuid() == 0
    private static let nobody: uid_t = 65_534
    private let folder = ProbeFolder()

    /// A link `log` to a file `target` beside it.
    private func link(to text: String?, by user: uid_t) -> String {
        let target = folder.file("target")
        if let text { folder.write("target", text) }
        #expect(symlink(target, folder.file("log")) == 0)
        #expect(lchown(folder.file("log"), user, gid_t.max) == 0)
        return target
    }

    private func write(_ text: String) throws {
        let writer = try LogWriter(.file(folder.file("log")))
        writer.write(text)
        writer.flush()
    }

    @Test("creates what is missing with mode 0640, and appends to what is there")
    func plain() throws {
        try write("first\n")
        try write("second\n")
        #expect(ProbeFolder.read(folder.file("log")) == "first\nsecond\n")
        #expect(ProbeFolder.mode(folder.file("log")) == "640 \(geteuid())")
    }

    @Test("follows a link of one's own", arguments: ["old\n", nil])
    func own(text: String?) throws {
        let target = link(to: text, by: geteuid())
        try write("line\n")
        #expect(ProbeFolder.read(target) == (text ?? "") + "line\n")
    }

    @Test(
        "refuses root a link that somebody else made, and leaves alone what it leads to",
        .enabled(if: isRoot), arguments: ["old\n", nil])
    func foreign(text: String?) throws {
        let target = link(to: text, by: Self.nobody)
        // Where it is not refused, what other tests say would be lost.
        let standardError = dup(STDERR_FILENO)
        defer {
            dup2(standardError, STDERR_FILENO)
            close(standardError)
        }
        let refusal = SystemError(call: "open", code: ELOOP)
        #expect(throws: refusal) { try write("line\n") }
        #expect(throws: refusal) { try Daemon.redirect(standardErrorTo: folder.file("log")) }
        #expect("\(refusal)" == "open: symbolic link refused (ELOOP)")
        #expect(ProbeFolder.read(target) == text)
    }

    @Test("refuses it where a log is opened anew, and keeps the old one", .enabled(if: isRoot))
    func rotation() throws {
        let writer = try LogWriter(.file(folder.file("log")))
        writer.write("first\n")
        rename(folder.file("log"), folder.file("log.1"))
        let target = link(to: "secret\n", by: Self.nobody)
        #expect(throws: SystemError(call: "open", code: ELOOP)) { try writer.reopen() }
        writer.write("second\n")
        writer.flush()
        #expect(ProbeFolder.read(folder.file("log.1")) == "first\nsecond\n")
        #expect(ProbeFolder.read(target) == "secret\n")
    }

    @Test("gives a file to the user, but no pipe", .enabled(if: isRoot))
    func gives() throws {
        let owner = Identity(user: Self.nobody, group: 65_534, groups: [65_534], description: "x")
        let writer = try LogWriter(.file(folder.file("log")))
        writer.give(to: owner)
        #expect(ProbeFolder.mode(folder.file("log")) == "640 \(Self.nobody)")
        var ends: [CInt] = [-1, -1]
        #expect(clinux_pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        try LogWriter(.file("/proc/self/fd/\(ends[1])")).give(to: owner)
        var status = stat()
        #expect(fstat(ends[1], &status) == 0 && status.st_uid == 0)
    }
}
