import CLinux
import Glibc
import Synchronization

/// A listening socket, shared by all loops.
package final class Listener: Sendable {
    /// The address it is bound to; with the real port where port 0 was asked for.
    package let address: SocketAddress
    /// The address that was asked for.
    let requested: SocketAddress
    /// The number of the socket; its own only until ``close()``.
    let number: CInt
    private let descriptor: Mutex<FileDescriptor?>
    /// Whether the file of a Unix socket goes with us; that of an activated one is systemd's.
    let ownsFile: Bool

    /// The kernel clamps it to net.core.somaxconn (4096 on Debian).
    private static let backlog: CInt = 65_535

    /// Everybody may connect to a Unix socket, whatever our umask, as Pingora and nginx have it:
    /// who comes near it is up to its directory.
    private static let fileMode: UInt32 = 0o666

    /// Binds and listens on `address`.
    ///
    /// A Unix socket file that nobody answers on is replaced; one that somebody serves is not.
    /// - Throws: `SystemError`, EADDRINUSE above all.
    package init(binding address: SocketAddress) throws(SystemError) {
        let socket = try FileDescriptor.stream(for: address)
        socket.reuseAddress()
        // Inherited by every accepted socket, which saves a system call each.
        if address.family != AF_UNIX { socket.noDelay() }
        if case .unix(let path) = address { Listener.removeStale(path, address) }
        let number = socket.number
        let result = unsafe address.withSockaddr { unsafe clinux_bind(number, $0, $1) }
        try SystemError.check(result, "bind")
        if case .unix(let path) = address {
            // SAFETY: the path lives during the call.
            let result = unsafe path.withCString { unsafe clinux_chmod($0, Listener.fileMode) }
            try SystemError.check(result, "chmod")
        }
        try SystemError.check(clinux_listen(number, Listener.backlog), "listen")
        self.address = socket.localAddress() ?? address
        requested = address
        self.number = number
        descriptor = Mutex(consume socket)
        ownsFile = true
    }

    /// Takes over a socket that another process has bound to `address`, and that listens.
    ///
    /// - Parameter ownsFile: whether the file of a Unix socket is removed in the end.
    init(adopting socket: consuming FileDescriptor, at address: SocketAddress, ownsFile: Bool) {
        if address.family != AF_UNIX { socket.noDelay() }
        self.address = address
        requested = address
        number = socket.number
        descriptor = Mutex(consume socket)
        self.ownsFile = ownsFile
    }

    /// Binds and listens on all of `addresses`.
    ///
    /// - Throws: `ServerError` naming the first that can't be bound; nothing is left open.
    static func bind(_ addresses: [SocketAddress]) throws(ServerError) -> [Listener] {
        var listeners: [Listener] = []
        for address in addresses {
            do {
                listeners.append(try Listener(binding: address))
            } catch {
                for listener in listeners { listener.removeFile() }
                throw .cannotListen(address, error)
            }
        }
        return listeners
    }

    /// Gives the socket up, once no loop watches it any more. If it was the last owner the kernel
    /// refuses new connections, and resets what waits in the backlog.
    func close() {
        // Closed outside of the lock.
        _ = descriptor.withLock { $0.take() }
    }

    /// Removes the file of a Unix socket. Closing a listener does not, since its successor may
    /// serve on the same path.
    package func removeFile() {
        guard ownsFile, case .unix(let path) = address else { return }
        // SAFETY: the string lives during the call.
        _ = unsafe path.withCString { unsafe clinux_unlink($0) }
    }

    /// Linux refuses a connect to a file of any kind as it does one to a socket that nobody serves,
    /// so the kind is looked at first.
    private static func removeStale(_ path: String, _ address: SocketAddress) {
        var file = clinux_file()
        let isThere = unsafe path.withCString { unsafe clinux_lstat($0, &file) } == 0
        guard isThere, mode_t(file.mode) & S_IFMT == S_IFSOCK else { return }
        guard let probe = try? FileDescriptor.stream(for: address) else { return }
        let number = probe.number
        let result = unsafe address.withSockaddr { unsafe clinux_connect(number, $0, $1) }
        guard result == -ECONNREFUSED else { return }
        _ = unsafe path.withCString { unsafe clinux_unlink($0) }
    }
}
