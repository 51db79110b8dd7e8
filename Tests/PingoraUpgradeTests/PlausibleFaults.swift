import Glibc

/// What may go wrong with a call on a Unix socket or its file, in a system that works, and in one
/// that is short of something.
enum PlausibleFaults {
    /// The errors of the call with this name; 0 stands for a descriptor that the kernel dropped.
    static func of(_ call: String) -> [CInt] {
        switch call {
        case "socket": [EMFILE, ENFILE, ENOBUFS, ENOMEM]
        case "socketpair": [EMFILE, ENFILE, ENOBUFS, ENOMEM]
        case "bind": [EACCES, EADDRINUSE, ENOSPC, EROFS, ENOENT]
        case "listen": [EADDRINUSE]
        case "accept": [EAGAIN, EINTR, ECONNABORTED, EMFILE, ENFILE, ENOMEM]
        case "connect": [ECONNREFUSED, ENOENT, EACCES, EAGAIN, EINTR, EPROTOTYPE]
        case "sendRights": [EAGAIN, EINTR, EPIPE, ECONNRESET, ENOBUFS, ENOMEM, ETOOMANYREFS, EBADF]
        case "receiveRights": [EAGAIN, EINTR, ECONNRESET, ENOMEM, 0]
        case "poll": [EINTR, ENOMEM, EINVAL]
        case "peer": [ENOTCONN, EINVAL]
        case "fchmod": [EIO, EPERM]
        case "lchown": [EPERM, EROFS, EIO, ENOENT, ESTALE]
        case "lstat": [EACCES, ENOENT, EIO]
        case "unlink": [EPERM, EROFS, ENOENT]
        case "shutdown": [ENOTCONN]
        case "close": [EINTR, EIO]
        default: []
        }
    }
}
