import CLinux
import Glibc

/// The file that names the running process, for scripts and supervisors.
///
/// 1. Who runs holds a lock (man 2 flock) on the file until it ends, in whatever way. The lock, not
///    the number in the file, says whether a process runs, since numbers are reused.
/// 2. The file is complete whenever it is there, and its path is missing at no moment of an
///    upgrade: it comes by link or rename.
/// 3. Nothing but our own file is removed at the end.
package final class PidFile: Sendable {
    /// Where the file lies: an absolute path.
    package let path: String
    private let file: LockedFile

    /// More than starts may meet at one moment.
    private static let attempts = 10

    /// Where an upgrade keeps the file of the predecessor, as Pingora does.
    package static func oldPath(of path: String) -> String { path + ".old" }

    /// Creates the file, with mode 0644 whatever the umask, in the place of one that no running
    /// process holds. For the process that serves: after ``Daemon/detach()``.
    ///
    /// The directory of the file must be writable now; and at the end as well, by the user that the
    /// process runs as then, or else the file stays behind, empty.
    /// - Parameters:
    ///   - replacing: For an upgrade. A file that a running process holds is replaced too, and kept
    ///     as ``oldPath(of:)``.
    ///   - owner: Who is to own the file, which needs root. Nil: the user that creates it.
    /// - Throws: `PidFileError`. An existing file is unharmed then, and nothing is left behind.
    package static func claim(
        _ path: String, replacing: Bool, owner: Identity? = nil
    ) throws(PidFileError) -> PidFile {
        let path = WorkingDirectory.absolutePath(of: path)
        // Looked at first, since who may not write the directory may still be told.
        if case .held(let process) = try ExistingPidFile.at(path), !replacing {
            throw .alreadyRunning(path: path, process: process)
        }
        let draft = "\(path).\(clinux_getpid()).new"
        let file: LockedFile
        do {
            file = try LockedFile.create(draft, "\(clinux_getpid())\n", owner: owner)
        } catch {
            throw .failed(path: path, error)
        }
        do {
            try publish(draft, as: path, replacing: replacing)
            return PidFile(path, file)
        } catch {
            Path.unlink(draft)
            throw error
        }
    }

    private init(_ path: String, _ file: LockedFile) {
        self.path = path
        self.file = file
    }

    private static func publish(
        _ draft: String, as path: String, replacing: Bool
    ) throws(PidFileError) {
        for _ in 0..<attempts {
            switch try ExistingPidFile.at(path) {
            case .missing:
                // A link fails where another start was faster; a rename would not.
                let result = Path.link(draft, path)
                if result == -EEXIST { continue }
                try check(result, "link", path)
                Path.unlink(draft)
                return
            case .changing:
                continue
            case .free(let lock):
                // Until the new file is there, the lock keeps off other starts.
                let result = withExtendedLifetime(lock) { Path.rename(draft, path) }
                return try check(result, "rename", path)
            case .held(let process):
                guard replacing else { throw .alreadyRunning(path: path, process: process) }
                return try replace(path, by: draft)
            }
        }
        throw .failed(path: path, SystemError(call: "flock", code: EAGAIN))
    }

    private static func replace(_ path: String, by draft: String) throws(PidFileError) {
        let old = oldPath(of: path)
        Path.unlink(old)
        try check(Path.link(path, old), "link", old)
        let result = Path.rename(draft, path)
        if result < 0 { Path.unlink(old) }
        try check(result, "rename", path)
    }

    private static func check(
        _ result: CInt, _ call: String, _ path: String
    ) throws(PidFileError) {
        guard result < 0 else { return }
        throw .failed(path: path, SystemError(call: call, code: -result))
    }

    /// The process that holds the file; nil if none does, or the file can't be read.
    package static func runningProcess(_ path: String) -> Int32? {
        guard let file = try? FileDescriptor.open(path, ExistingPidFile.flags, mode: 0),
            clinux_flock(file.number, LOCK_SH | LOCK_NB) == -EWOULDBLOCK
        else { return nil }
        return ExistingPidFile.process(in: file)
    }

    /// Whether the file at the path is ours, and no successor's.
    package var isInPlace: Bool { FileIdentity.at(path) == file.identity }

    /// Removes the file at the end of the process, and the one that an upgrade kept. A file that a
    /// successor has put in its place stays.
    package func remove() {
        let old = PidFile.oldPath(of: path)
        if FileIdentity.at(path) == file.identity {
            // Where the directory is closed to us by now, an empty file misleads no script.
            if Path.unlink(path) < 0 { _ = clinux_ftruncate(file.descriptor.number, 0) }
            Path.unlink(old)
        } else if FileIdentity.at(old) == file.identity {
            Path.unlink(old)
        }
    }

    /// Undoes the claim of an upgrade that failed: the file of the predecessor comes back to its
    /// path. Where there was none, the file is removed.
    package func giveBack() {
        let old = PidFile.oldPath(of: path)
        guard FileIdentity.at(path) == file.identity else { return }
        if Path.rename(old, path) < 0 { remove() }
    }
}

/// Why there is no pid file.
package enum PidFileError: Error, Equatable, CustomStringConvertible {
    /// A running process holds it; nil where the file does not say which.
    case alreadyRunning(path: String, process: Int32?)
    /// Something else lies there: `a directory`, `a symbolic link`, `no regular file`.
    case notRegular(path: String, kind: String)
    case failed(path: String, SystemError)

    package var description: String {
        switch self {
        case .alreadyRunning(let path, let process?):
            "pid file \(path): already running as process \(process)"
        case .alreadyRunning(let path, nil):
            "pid file \(path): held by a running process"
        case .notRegular(let path, let kind):
            "pid file \(path): expected a regular file, got \(kind)"
        case .failed(let path, let error) where error.call == "open" && error.code == ENOENT:
            "pid file \(path): its directory does not exist (ENOENT)"
        case .failed(let path, let error):
            "pid file \(path): \(error)"
        }
    }
}
