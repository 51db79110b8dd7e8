import CLinux
import Glibc

/// What a start finds where its pid file belongs.
enum ExistingPidFile {
    case missing
    /// It changed while it was looked at: look again.
    case changing
    /// Nobody held it; we do now, for as long as the value lives.
    case free(LockedFile)
    /// A running process holds it.
    case held(process: Int32?)

    /// Never follows a link, and never waits for the writer of a named pipe.
    static let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
    /// ``PidFile/runningProcess(_:)`` locks a free file for microseconds, which must not look like
    /// a running process.
    private static let lockAttempts = 5
    /// `4194304` is the largest number of a process on Linux; a file holds it and a line feed.
    private static let longestText = 32

    /// Looks at `path`.
    static func at(_ path: String) throws(PidFileError) -> ExistingPidFile {
        var found = clinux_file()
        let result = Path.lstat(path, &found)
        if result == -ENOENT { return .missing }
        guard result == 0 else { throw error("lstat", result, path) }
        if let kind = otherKind(found.mode) { throw .notRegular(path: path, kind: kind) }
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(path, flags, mode: 0)
        } catch {
            // Linux says ELOOP for a link that came since.
            if error.code == ENOENT || error.code == ELOOP { return .changing }
            throw .failed(path: path, error)
        }
        let isFree = try lock(file, path)
        let identity: FileIdentity
        do {
            identity = try FileIdentity(of: file)
        } catch {
            throw .failed(path: path, error)
        }
        // Another start may have put its own file there since we opened this one.
        guard FileIdentity.at(path) == identity else { return .changing }
        guard isFree else { return .held(process: process(in: file)) }
        return .free(LockedFile(file, identity))
    }

    private static func error(_ call: String, _ result: CInt, _ path: String) -> PidFileError {
        .failed(path: path, SystemError(call: call, code: -result))
    }

    private static func otherKind(_ mode: UInt32) -> String? {
        switch mode_t(mode) & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a directory"
        case S_IFLNK: "a symbolic link"
        default: "a special file"
        }
    }

    /// Whether it could be locked.
    private static func lock(
        _ file: borrowing FileDescriptor, _ path: String
    ) throws(PidFileError) -> Bool {
        for attempt in 0..<lockAttempts {
            if attempt > 0 { usleep(5000) }
            let result = clinux_flock(file.number, LOCK_EX | LOCK_NB)
            if result == 0 { return true }
            if result == -EINTR { continue }
            guard result == -EWOULDBLOCK else { throw error("flock", result, path) }
        }
        return false
    }

    /// The number that the file holds; nil where it holds none.
    static func process(in file: borrowing FileDescriptor) -> Int32? {
        guard let bytes = try? file.readSome(limit: longestText) else { return nil }
        let digits = bytes.prefix { 48...57 ~= $0 }
        guard let process = Int32(String(decoding: digits, as: UTF8.self)), process > 0 else {
            return nil
        }
        return process
    }
}
