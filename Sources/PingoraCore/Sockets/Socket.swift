import CLinux
import Glibc

/// Making sockets, and the options we set on them, by name.
extension FileDescriptor {
    /// A non-blocking, close-on-exec stream socket for addresses like `address`.
    static func stream(for address: SocketAddress) throws(SystemError) -> FileDescriptor {
        let type = CInt(SOCK_STREAM.rawValue)
        return FileDescriptor(
            owning: try SystemError.check(clinux_socket(address.family, type, 0), "socket"))
    }

    /// Lets a listener bind while old connections of its port linger (man 7 socket).
    borrowing func reuseAddress() {
        _ = clinux_setsockopt(number, SOL_SOCKET, SO_REUSEADDR, 1)
    }

    /// Sends small segments at once. Accepted sockets inherit it from their listener on Linux.
    borrowing func noDelay() {
        _ = clinux_setsockopt(number, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// Makes the close abortive, so that the peer sees a reset and not a clean end.
    borrowing func resetOnClose() {
        _ = clinux_setsockopt(number, SOL_SOCKET, SO_LINGER, 0)
    }

    /// Takes a port for the source address only at connect, so that many can share it.
    borrowing func bindAddressNoPort() {
        _ = clinux_setsockopt(number, CInt(IPPROTO_IP), 24 /* IP_BIND_ADDRESS_NO_PORT */, 1)
    }

    /// The pending error of the socket, 0 if there is none. Reading clears it.
    borrowing func pendingError() -> CInt {
        var code: CInt = 0
        // SAFETY: the call writes one int.
        let result = unsafe clinux_getsockopt(number, SOL_SOCKET, SO_ERROR, &code)
        return result < 0 ? -result : code
    }

    /// The address this end is bound to; nil for an unnamed Unix socket.
    package borrowing func localAddress() -> SocketAddress? {
        let number = self.number
        return unsafe SocketAddress.read { address, size in
            unsafe clinux_getsockname(number, address, size)
        }.address
    }
}
