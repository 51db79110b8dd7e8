import Glibc
import TestSupport
import Testing

@testable import PingoraCore

@Suite("PidFile")
struct PidFileTests {
    private let folder = ProbeFolder()
    private var path: String { folder.file("a.pid") }

    /// The error that a claim ends with.
    private func refusal(_ path: String, replacing: Bool = false) throws -> PidFileError {
        try #require(throws: PidFileError.self) { try PidFile.claim(path, replacing: replacing) }
    }

    @Test("holds the number of the process, for all to read, until it is removed")
    func claims() throws {
        let mask = umask(0o077)
        defer { umask(mask) }
        let file = try PidFile.claim(path, replacing: false)
        #expect(ProbeFolder.read(path) == "\(getpid())\n")
        #expect(ProbeFolder.mode(path) == "644 \(getuid())")
        #expect(PidFile.runningProcess(path) == getpid())
        #expect(folder.names == ["a.pid"])
        file.remove()
        #expect(folder.names == [])
        #expect(PidFile.runningProcess(path) == nil)
    }

    @Test("refuses a second start, whose file it leaves alone")
    func doubleStart() throws {
        let first = try ProbeProcess(["claim", path])
        #expect(first.line() == "claimed \(first.processID)")
        #expect(
            try refusal(path) == .alreadyRunning(path: path, process: first.processID))
        let second = try ProbeProcess(["claim", path])
        #expect(
            second.lines() == [
                "pid file \(path): already running as process \(first.processID)"
            ])
        #expect(ProbeFolder.read(path) == "\(first.processID)\n")
        #expect(PidFile.runningProcess(path) == first.processID)
        first.say("")
        #expect(first.line() == "removed")
        #expect(folder.names == [])
    }

    @Test("takes the place of a file that nobody holds, whatever number is in it")
    func stale() throws {
        let dead = try ProbeProcess(["claim", path])
        _ = dead.line()
        dead.say("abort")
        _ = dead.waitForEnd()
        #expect(ProbeFolder.read(path) == "\(dead.processID)\n")
        #expect(PidFile.runningProcess(path) == nil)
        #expect(try PidFile.claim(path, replacing: false).path == path)
        // The number of a process that runs, but holds nothing.
        for text in ["1\n", "", "no number", "\(getppid())\n"] {
            folder.write("a.pid", text)
            _ = try PidFile.claim(path, replacing: false)
            #expect(ProbeFolder.read(path) == "\(getpid())\n")
        }
        #expect(folder.names == ["a.pid"])
    }

    @Test("lets one of many starts win", arguments: [nil, "1\n"] as [String?])
    func race(existing: String?) throws {
        if let existing { folder.write("a.pid", existing) }
        let probes = try (0..<8).map { _ in try ProbeProcess(["claim", path]) }
        let lines = probes.compactMap { $0.line() }
        let winner = try #require(lines.first { $0.hasPrefix("claimed ") })
        let process = winner.dropFirst("claimed ".count)
        let refusal = "pid file \(path): already running as process \(process)"
        #expect(lines.filter { $0 != winner } == Array(repeating: refusal, count: 7))
        #expect(folder.names == ["a.pid"])
    }

    @Test("keeps the file of the predecessor in an upgrade, and removes only what is its own")
    func upgrade() throws {
        let old = try ProbeProcess(["claim", path])
        _ = old.line()
        let new = try PidFile.claim(path, replacing: true)
        #expect(ProbeFolder.read(path) == "\(getpid())\n")
        #expect(ProbeFolder.read(PidFile.oldPath(of: path)) == "\(old.processID)\n")
        #expect(PidFile.runningProcess(PidFile.oldPath(of: path)) == old.processID)
        // The old process ends: its own file goes, ours stays.
        old.say("")
        #expect(old.line() == "removed")
        #expect(folder.names == ["a.pid"])
        new.remove()
        #expect(folder.names == [])
    }

    @Test("removes the kept file too, where the successor ends first")
    func successorEnds() throws {
        let old = try PidFile.claim(path, replacing: false)
        let new = try PidFile.claim(path, replacing: true)
        #expect(folder.names == ["a.pid", "a.pid.old"])
        new.remove()
        #expect(folder.names == [])
        old.remove()
    }

    @Test("gives the path back when an upgrade fails")
    func givesBack() throws {
        let old = try PidFile.claim(path, replacing: false)
        folder.write("mark", "")
        let new = try PidFile.claim(path, replacing: true)
        let kept = FileIdentity.at(PidFile.oldPath(of: path))
        new.giveBack()
        #expect(folder.names == ["a.pid", "mark"])
        #expect(FileIdentity.at(path) == kept)
        // Not twice.
        new.giveBack()
        #expect(FileIdentity.at(path) == kept)
        old.remove()
        #expect(folder.names == ["mark"])
    }

    @Test("needs no predecessor for an upgrade")
    func upgradeAlone() throws {
        let file = try PidFile.claim(path, replacing: true)
        #expect(folder.names == ["a.pid"])
        file.giveBack()
        #expect(folder.names == [])
    }

    @Test("replaces a leftover of an interrupted start of the same number")
    func leftover() throws {
        folder.write("a.pid.\(getpid()).new", "rubbish")
        let file = try PidFile.claim(path, replacing: false)
        #expect(folder.names == ["a.pid"])
        file.remove()
    }

    @Test("says what lies in its place")
    func otherKinds() throws {
        mkdir(path, 0o755)
        #expect(try refusal(path) == .notRegular(path: path, kind: "a directory"))
        rmdir(path)
        let target = folder.write("target", "untouched")
        symlink(target, path)
        #expect(try refusal(path) == .notRegular(path: path, kind: "a symbolic link"))
        #expect(ProbeFolder.read(target) == "untouched")
        unlink(path)
        mkfifo(path, 0o600)
        #expect(
            try "\(refusal(path, replacing: true))"
                == "pid file \(path): expected a regular file, got a special file")
        let missing = folder.file("missing/a.pid")
        #expect(
            try "\(refusal(missing))"
                == "pid file \(missing): its directory does not exist (ENOENT)")
        let below = target + "/a.pid"
        #expect(
            try "\(refusal(below))" == "pid file \(below): lstat: not a directory (ENOTDIR)")
        #expect(folder.names == ["a.pid", "target"])
    }

    @Test(
        "belongs to the owner that is asked for, and is emptied where it can't be removed",
        .enabled(if: getuid() == 0))
    func owner() throws {
        let owner = Identity(user: 65_534, group: 65_534, groups: [65_534], description: "nobody")
        let file = try PidFile.claim(path, replacing: false, owner: owner)
        #expect(ProbeFolder.mode(path) == "644 65534")
        let kernel = FailingKernel()
        kernel.fail(.unlink, number: 1, with: EACCES)
        kernel.run { file.remove() }
        #expect(ProbeFolder.read(path) == "")
    }

    @Test("makes a relative path absolute")
    func relative() throws {
        #expect(WorkingDirectory.absolutePath(of: "/a/b") == "/a/b")
        let absolute = WorkingDirectory.absolutePath(of: "b.pid")
        #expect(absolute.hasPrefix("/") && absolute.hasSuffix("/b.pid"))
        #expect(throws: SystemError(call: "chdir", code: ENOENT)) {
            try WorkingDirectory.enter(folder.file("missing"))
        }
        #expect(throws: SystemError(call: "chdir", code: ENOTDIR)) {
            try WorkingDirectory.enter(folder.write("file", ""))
        }
    }
}
