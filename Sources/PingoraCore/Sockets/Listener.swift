import CLinux
import Glibc

/// A listening socket, shared by all loops.
package final class Listener: Sendable {
    /// The address it is bound to; with the real port where port 0 was asked for.
    package let address: SocketAddress
    let descriptor: FileDescriptor

    /// The kernel clamps it to net.core.somaxconn (4096 on Debian).
    private static let backlog: CInt = 65_535

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
        try SystemError.check(clinux_listen(number, Listener.backlog), "listen")
        self.address = socket.localAddress() ?? address
        descriptor = socket
    }

    /// Has the kernel refuse new connections, for every owner of the socket; what waits in the
    /// backlog is reset.
    func refuseConnections() {
        _ = clinux_shutdown(descriptor.number, CInt(SHUT_RDWR))
    }

    /// Removes the file of a Unix socket. Closing a listener does not, since its successor may
    /// serve on the same path.
    package func removeFile() {
        guard case .unix(let path) = address else { return }
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
