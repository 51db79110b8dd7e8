import CLinux
import Glibc

/// Opening the file of a log, and giving it away.
enum LogFile {
    /// Opens `path` to append to it; where there is nothing, creates it with mode 0640.
    ///
    /// Root follows a link in the place of the file only where root made it. Who else may write to
    /// the directory, such as the user that the service becomes, could have root append to any file
    /// by a link, and give it away (as with CVE-2016-1247). Links of root's are for containers,
    /// where logs lead to /dev/stdout.
    /// - Throws: `SystemError`; ELOOP for a link that is not followed.
    static func open(_ path: String) throws(SystemError) -> FileDescriptor {
        let flags = O_WRONLY | O_APPEND | O_CREAT
        let isRoot = clinux_geteuid() == 0
        if isRoot, !isLinkOfRoot(path) { return try open(path, flags | O_NOFOLLOW) }
        return try open(path, flags)
    }

    private static func open(
        _ path: String, _ flags: CInt
    ) throws(SystemError) -> FileDescriptor {
        try FileDescriptor.open(path, flags, mode: 0o640)
    }

    private static func isLinkOfRoot(_ path: String) -> Bool {
        var file = clinux_file()
        guard Path.lstat(path, &file) == 0 else { return false }
        return file.mode & S_IFMT == S_IFLNK && file.user == 0
    }

    /// Gives a log to another user, who then can open it anew. Needs root; a terminal, or what else
    /// is no file, is not ours to give.
    static func give(_ number: CInt, to owner: Identity) {
        var file = clinux_file()
        // SAFETY: fstat writes one structure.
        guard unsafe clinux_fstat(number, &file) == 0, file.mode & S_IFMT == S_IFREG else { return }
        // Where it fails, only a later rotation does, and says so.
        _ = clinux_fchown(number, owner.user, owner.group)
    }
}
