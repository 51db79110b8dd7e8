import CLinux
import Glibc

/// Listening sockets that the service manager opened for us (man 3 sd_listen_fds), each of which an
/// owner claims by its address.
///
/// LISTEN_FDNAMES is ignored: the address says which socket it is.
package final class ActivatedSockets {
    private struct Entry {
        let address: SocketAddress
        let number: CInt
    }

    private var entries: [Entry]

    /// The first one (SD_LISTEN_FDS_START).
    static let first: CInt = 3

    /// Reads LISTEN_PID and LISTEN_FDS, and removes them and LISTEN_FDNAMES, so that no child
    /// process takes them for its own. None, where they are not set or are for another process.
    /// Once, and before a second thread starts.
    ///
    /// The sockets become close-on-exec and non-blocking.
    /// - Throws: `ActivationError`; the descriptors are left as they are then.
    package static func fromEnvironment() throws(ActivationError) -> ActivatedSockets {
        let process = Environment["LISTEN_PID"]
        let count = Environment["LISTEN_FDS"]
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { Environment.remove(name) }
        return try ActivatedSockets(process: process, count: count)
    }

    /// The sockets that such values of LISTEN_PID and LISTEN_FDS stand for.
    init(
        process: String?, count: String?, first: CInt = ActivatedSockets.first
    ) throws(ActivationError) {
        entries = []
        guard let process, let count else { return }
        guard let wanted = ActivatedSockets.number(process) else {
            throw .notANumber(variable: "LISTEN_PID", value: process)
        }
        guard wanted == clinux_getpid() else { return }
        guard let number = ActivatedSockets.number(count) else {
            throw .notANumber(variable: "LISTEN_FDS", value: count)
        }
        let limit = clinux_descriptor_limit()
        guard Int64(first) + Int64(number) <= limit else {
            throw .tooMany(count: number, limit: limit)
        }
        for number in first..<(first + number) {
            entries.append(Entry(address: try ActivatedSockets.check(number), number: number))
        }
        for entry in entries { try ActivatedSockets.prepare(entry.number) }
    }

    deinit {
        closeUnclaimed()
    }

    private static func number(_ text: String) -> CInt? {
        guard text.utf8.allSatisfy({ 48...57 ~= $0 }) else { return nil }
        return CInt(text)
    }

    /// The address that `number` listens on.
    private static func check(_ number: CInt) throws(ActivationError) -> SocketAddress {
        guard clinux_fcntl(number, F_GETFD, 0) >= 0 else { throw .notOpen(number) }
        var type: CInt = 0
        // SAFETY: both calls write one number.
        guard unsafe clinux_getsockopt(number, SOL_SOCKET, SO_TYPE, &type) >= 0 else {
            throw .notASocket(number)
        }
        var isListening: CInt = 0
        guard type == CInt(SOCK_STREAM.rawValue),
            unsafe clinux_getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &isListening) >= 0,
            isListening == 1
        else { throw .notListening(number) }
        let (_, address) = unsafe SocketAddress.read {
            unsafe clinux_getsockname(number, $0, $1)
        }
        guard let address else { throw .unsupportedAddress(number) }
        return address
    }

    private static func prepare(_ number: CInt) throws(ActivationError) {
        let flags = clinux_fcntl(number, F_GETFL, 0)
        guard flags >= 0, clinux_fcntl(number, F_SETFL, flags | O_NONBLOCK) >= 0,
            clinux_fcntl(number, F_SETFD, FD_CLOEXEC) >= 0
        else { throw .notOpen(number) }
    }

    /// The socket that listens on `address`, which is the caller's now; nil where there is none
    /// (any more). A port of 0 matches no socket, since a socket has a real port.
    package func claim(_ address: SocketAddress) -> FileDescriptor? {
        guard let index = entries.firstIndex(where: { $0.address == address }) else { return nil }
        return FileDescriptor(owning: entries.remove(at: index).number)
    }

    /// Where the sockets listen that nobody has claimed.
    package var unclaimed: [SocketAddress] { entries.map(\.address) }

    /// Closes what nobody has claimed, as the end of this value does.
    package func closeUnclaimed() {
        for entry in entries { _ = clinux_close(entry.number) }
        entries = []
    }
}

/// What is wrong with sockets that the service manager passed.
package enum ActivationError: Error, Equatable, CustomStringConvertible {
    case notANumber(variable: String, value: String)
    /// More than the process may have open (RLIMIT_NOFILE).
    case tooMany(count: CInt, limit: Int64)
    case notOpen(CInt)
    case notASocket(CInt)
    /// A datagram socket, or one that is connected.
    case notListening(CInt)
    /// Neither IPv4 nor IPv6, nor a Unix socket with a path.
    case unsupportedAddress(CInt)

    package var description: String {
        switch self {
        case .notANumber(let variable, let value):
            "socket activation: \(variable): expected a number, got "
                + Log.quoted(String(value.unicodeScalars.prefix(100)))
        case .tooMany(let count, let limit):
            "socket activation: LISTEN_FDS: \(count) descriptors are more than the limit of "
                + "\(limit) allows"
        case .notOpen(let number):
            "socket activation: descriptor \(number) is not open"
        case .notASocket(let number):
            "socket activation: descriptor \(number) is no socket"
        case .notListening(let number):
            "socket activation: descriptor \(number): expected a listening stream socket"
        case .unsupportedAddress(let number):
            "socket activation: descriptor \(number): expected an IPv4, an IPv6 or a Unix "
                + "address with a path"
        }
    }
}
