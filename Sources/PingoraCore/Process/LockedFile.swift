import CLinux
import Glibc

/// A file that this process holds the lock of (man 2 flock), for as long as the value lives.
final class LockedFile: Sendable {
    let descriptor: FileDescriptor
    let identity: FileIdentity

    init(_ descriptor: consuming FileDescriptor, _ identity: FileIdentity) {
        self.descriptor = descriptor
        self.identity = identity
    }

    /// Creates a file that nobody else can have opened before it is locked and complete.
    ///
    /// - Throws: `SystemError`; there is no file then.
    static func create(
        _ path: String, _ text: String, owner: Identity?
    ) throws(SystemError) -> LockedFile {
        // A file of this name is a leftover of a process that had our number.
        Path.unlink(path)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        let file = try FileDescriptor.open(path, flags, mode: 0o644)
        do {
            try SystemError.check(clinux_flock(file.number, LOCK_EX | LOCK_NB), "flock")
            // The umask may have taken bits away.
            try SystemError.check(clinux_fchmod(file.number, 0o644), "fchmod")
            if let owner {
                let result = clinux_fchown(file.number, owner.user, owner.group)
                try SystemError.check(result, "fchown")
            }
            try file.writeAll(Array(text.utf8))
            let identity = try FileIdentity(of: file)
            return LockedFile(file, identity)
        } catch {
            Path.unlink(path)
            throw error
        }
    }
}

/// Which file it is, whatever its name.
struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64

    private init(_ file: clinux_file) {
        device = file.device
        inode = file.inode
    }

    /// The one that is open.
    init(of descriptor: borrowing FileDescriptor) throws(SystemError) {
        var file = clinux_file()
        // SAFETY: fstat writes one structure.
        try SystemError.check(unsafe clinux_fstat(descriptor.number, &file), "fstat")
        self.init(file)
    }

    /// The one at `path`, links not followed; nil where there is none or it can't be seen.
    static func at(_ path: String) -> FileIdentity? {
        var file = clinux_file()
        return Path.lstat(path, &file) == 0 ? FileIdentity(file) : nil
    }
}

/// Calls that take paths; each returns 0 or a negated `errno`.
enum Path {
    // SAFETY of all: the strings live during the call.

    @discardableResult
    static func unlink(_ path: String) -> CInt {
        unsafe path.withCString { unsafe clinux_unlink($0) }
    }

    static func link(_ from: String, _ to: String) -> CInt {
        unsafe from.withCString { from in
            unsafe to.withCString { unsafe clinux_link(from, $0) }
        }
    }

    static func rename(_ from: String, _ to: String) -> CInt {
        unsafe from.withCString { from in
            unsafe to.withCString { unsafe clinux_rename(from, $0) }
        }
    }

    static func lstat(_ path: String, _ file: inout clinux_file) -> CInt {
        unsafe path.withCString { unsafe clinux_lstat($0, &file) }
    }
}
