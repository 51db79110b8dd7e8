import CLinux
import Glibc

/// The path of the socket at which two processes meet.
struct UpgradePath: Hashable, Sendable {
    let text: String

    /// Bytes of `sun_path` without the zero that ends it (man 7 unix).
    private static let longest = 107

    init(_ text: String) throws(UpgradeError) {
        guard 1...UpgradePath.longest ~= text.utf8.count, !text.utf8.contains(0) else {
            throw .badPath(text)
        }
        self.text = text
    }

    /// A non-blocking, close-on-exec Unix stream socket.
    static func makeSocket() throws(UpgradeError) -> Descriptor {
        let number = clinux_socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        return Descriptor(owning: try UpgradeError.check(number, "socket"))
    }

    /// Two connected ones.
    static func makePair() throws(UpgradeError) -> SocketPair {
        var numbers: (CInt, CInt) = (-1, -1)
        // SAFETY: the call writes two numbers, where they were given room.
        let result = unsafe withUnsafeMutableBytes(of: &numbers) { room in
            guard let first = unsafe room.assumingMemoryBound(to: CInt.self).baseAddress else {
                return -ENOMEM
            }
            return unsafe clinux_socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, first)
        }
        try UpgradeError.check(result, "socketpair")
        return SocketPair(
            first: Descriptor(owning: numbers.0), second: Descriptor(owning: numbers.1))
    }

    /// Calls `body` with the address; returns what it returns.
    func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_un()
        let bytes = text.utf8
        // SAFETY: the path has at most 107 bytes and sun_path 108, of which the rest stays zero; a
        // sockaddr_un is a sockaddr (man 7 unix).
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        address.sun_family = sa_family_t(AF_UNIX)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe body(pointer, size)
            }
        }
    }

    /// The file there; nil when there is none.
    func file() throws(UpgradeError) -> clinux_file? {
        var file = clinux_file()
        // SAFETY: the string lives during the call, which writes one structure.
        let result = unsafe text.withCString { unsafe clinux_lstat($0, &file) }
        guard result != -ENOENT else { return nil }
        try UpgradeError.check(result, "lstat")
        return file
    }

    /// Gives the socket there to a user and a group, if it is still `file`.
    func give(_ file: clinux_file, user: UInt32, group: UInt32) throws(UpgradeError) {
        guard file.mode & UInt32(S_IFMT) == UInt32(S_IFSOCK) else { throw .notASocket(text) }
        var file = file
        // SAFETY: the string and the structure live during the call, which only reads them.
        let result = unsafe text.withCString { unsafe clinux_lchown($0, &file, user, group) }
        guard result != -ESTALE else { throw .pathInUse(text) }
        try UpgradeError.check(result, "lchown")
    }

    /// Removes the file there, if any.
    func unlink() throws(UpgradeError) {
        // SAFETY: the string lives during the call.
        let result = unsafe text.withCString { unsafe clinux_unlink($0) }
        guard result != -ENOENT else { return }
        try UpgradeError.check(result, "unlink")
    }

    /// Tries to connect `socket` once.
    func connect(_ socket: borrowing Descriptor) -> CInt {
        let number = socket.number
        return unsafe withAddress { unsafe clinux_connect(number, $0, $1) }
    }
}

/// Two connected sockets.
struct SocketPair: ~Copyable {
    let first: Descriptor
    let second: Descriptor

    /// Closes the first and takes the second.
    consuming func takeSecond() -> Descriptor { second }
}
