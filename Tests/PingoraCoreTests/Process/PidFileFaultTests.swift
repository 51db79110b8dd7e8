import Glibc
import TestSupport
import Testing

@testable import PingoraCore

/// Each call of a claim fails in turn; nothing that was there before is harmed.
@Suite("Faults of a pid file")
struct PidFileFaultTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let call: FailingKernel.ProcessCall?
        let code: CInt
        /// Which ones of that call.
        var numbers = 1...6
        var testDescription: String { "\(call.map { "\($0)" } ?? "write") \(code)" }

        func arm(_ kernel: FailingKernel, number: Int) {
            if let call {
                kernel.fail(call, number: number, with: code)
            } else {
                kernel.fail(.write, number: number, with: code)
            }
        }
    }

    static let faults = [
        Fault(call: nil, code: ENOSPC), Fault(call: nil, code: EDQUOT),
        Fault(call: .open, code: EACCES), Fault(call: .open, code: ENOSPC),
        Fault(call: .open, code: EROFS), Fault(call: .open, code: EMFILE),
        Fault(call: .lstat, code: EACCES), Fault(call: .flock, code: ENOLCK),
        Fault(call: .fstat, code: EIO), Fault(call: .fchmod, code: EPERM),
        Fault(call: .link, code: ENOSPC), Fault(call: .link, code: EPERM),
        Fault(call: .rename, code: ENOSPC), Fault(call: .rename, code: EACCES),
    ]

    /// What is there before: nothing, a file that nobody holds, or one that is held.
    enum Before: CaseIterable { case nothing, stale, held }

    @Test("harm nothing that is there", arguments: faults, Before.allCases)
    func harmless(fault: Fault, before: Before) throws {
        for number in fault.numbers {
            let folder = ProbeFolder()
            let path = folder.file("a.pid")
            if before == .stale { folder.write("a.pid", "4711\n") }
            let holder = before == .held ? try PidFile.claim(path, replacing: false) : nil
            let text = ProbeFolder.read(path)
            let kernel = FailingKernel()
            fault.arm(kernel, number: number)
            var claimed: PidFile?
            do {
                claimed = try kernel.run { try PidFile.claim(path, replacing: before == .held) }
            } catch let error as PidFileError {
                #expect(kernel.hasFailed)
                #expect("\(error)".hasPrefix("pid file \(path)"))
                #expect(ProbeFolder.read(path) == text, "call \(number)")
                #expect(folder.names == (text == nil ? [] : ["a.pid"]), "call \(number)")
                #expect(PidFile.runningProcess(path) == (before == .held ? getpid() : nil))
            }
            if claimed != nil {
                #expect(ProbeFolder.read(path) == "\(getpid())\n", "call \(number)")
            }
            claimed?.remove()
            holder?.remove()
            #expect(before != .nothing || folder.names == [], "call \(number)")
        }
    }

    @Test("name the call and its reason")
    func names() throws {
        let folder = ProbeFolder()
        let path = folder.file("a.pid")
        let kernel = FailingKernel()
        kernel.fail(.write, number: 1, with: ENOSPC)
        let error = try #require(throws: PidFileError.self) {
            try kernel.run { try PidFile.claim(path, replacing: false) }
        }
        #expect("\(error)" == "pid file \(path): write: no space left on device (ENOSPC)")
    }

    /// A file system of one page, for a test to fill; nil where we may not mount any.
    private final class SmallDisk {
        let folder = ProbeFolder()

        init?() {
            let options = "size=4k,nr_inodes=8"
            guard getuid() == 0, mount("tmpfs", folder.path, "tmpfs", 0, options) == 0 else {
                return nil
            }
        }

        deinit { umount2(folder.path, CInt(MNT_DETACH)) }

        static var isAllowed: Bool { SmallDisk() != nil }
    }

    @Test(
        "tell of a full disk, and keep the file that was there", .enabled(if: SmallDisk.isAllowed))
    func fullDisk() throws {
        let disk = try #require(SmallDisk())
        let path = disk.folder.write("a.pid", "4711\n")
        let error = try #require(throws: PidFileError.self) {
            try PidFile.claim(path, replacing: false)
        }
        #expect("\(error)" == "pid file \(path): write: no space left on device (ENOSPC)")
        #expect(ProbeFolder.read(path) == "4711\n")
        #expect(disk.folder.names == ["a.pid"])
    }

    @Test("wait for a reader of the lock")
    func readerOfTheLock() throws {
        let folder = ProbeFolder()
        let path = folder.write("a.pid", "4711\n")
        let kernel = FailingKernel()
        // The first lock is that of the look before the draft.
        kernel.fail(.flock, number: 1, with: EWOULDBLOCK)
        let file = try kernel.run { try PidFile.claim(path, replacing: false) }
        #expect(kernel.hasFailed)
        file.remove()
    }
}
