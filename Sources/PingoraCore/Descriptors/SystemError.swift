import Glibc

/// A system call that failed: which one, and why.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the call, for the operator: `connect`, `accept`.
    public let call: String
    /// The value of `errno`.
    public let code: CInt

    /// An error of `call` with the given `errno`.
    public init(call: String, code: CInt) {
        self.call = call
        self.code = code
    }

    /// `connect: connection refused (ECONNREFUSED)`.
    public var description: String {
        "\(call): \(SystemError.text(of: code))"
    }

    /// The lower-case text of an `errno` with its C name where it is one that operators meet.
    static func text(of code: CInt) -> String {
        let known: [CInt: String] = [
            EACCES: "permission denied (EACCES)",
            EADDRINUSE: "address already in use (EADDRINUSE)",
            EADDRNOTAVAIL: "address not available on this host (EADDRNOTAVAIL)",
            EBADF: "not an open descriptor (EBADF)",
            ECONNABORTED: "connection aborted (ECONNABORTED)",
            ECONNREFUSED: "connection refused (ECONNREFUSED)",
            ECONNRESET: "connection reset by peer (ECONNRESET)",
            EDQUOT: "disk quota exceeded (EDQUOT)",
            EEXIST: "file exists (EEXIST)",
            EHOSTUNREACH: "no route to host (EHOSTUNREACH)",
            EIO: "input or output error (EIO)",
            EISDIR: "is a directory (EISDIR)",
            ELOOP: "symbolic link refused (ELOOP)",
            EMFILE: "too many open files (EMFILE)",
            ENAMETOOLONG: "name too long (ENAMETOOLONG)",
            ENETUNREACH: "network unreachable (ENETUNREACH)",
            ENFILE: "too many open files in the system (ENFILE)",
            ENOENT: "no such file or directory (ENOENT)",
            ENOMEM: "out of memory (ENOMEM)",
            ENOSPC: "no space left on device (ENOSPC)",
            ENOTDIR: "not a directory (ENOTDIR)",
            EPERM: "operation not permitted (EPERM)",
            EPIPE: "broken pipe (EPIPE)",
            EPROTO: "protocol error (EPROTO)",
            EROFS: "read-only file system (EROFS)",
            ETIMEDOUT: "timed out (ETIMEDOUT)",
        ]
        return known[code] ?? "error \(code)"
    }

    /// The result of a CLinux call, or the error it stands for.
    ///
    /// - Throws: `SystemError` when `result` is a negated `errno`.
    @discardableResult
    static func check(_ result: CInt, _ call: String) throws(SystemError) -> CInt {
        guard result < 0 else { return result }
        throw SystemError(call: call, code: -result)
    }
}
