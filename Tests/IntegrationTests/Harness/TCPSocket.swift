import Glibc

/// Sockets of 127.0.0.1 that no child process inherits.
enum TCPSocket {
    static func make() throws -> CInt {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(AF_INET, type, 0)
        guard number >= 0 else { throw HarnessError("socket: errno \(errno)") }
        return number
    }

    static func connect(_ number: CInt, to port: UInt16) throws {
        let result = withAddress(port) { Glibc.connect(number, $0, $1) }
        guard result == 0 else { throw HarnessError("connect to port \(port): errno \(errno)") }
    }

    /// A listening socket; port 0 takes a free one.
    static func listen(on port: UInt16) throws -> CInt {
        let number = try bind(to: port)
        guard Glibc.listen(number, 1024) == 0 else {
            let code = errno
            close(number)
            throw HarnessError("listen on port \(port): errno \(code)")
        }
        return number
    }

    /// A socket with an address that does not listen; port 0 takes a free one.
    static func bind(to port: UInt16) throws -> CInt {
        let number = try make()
        var one: CInt = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
        guard withAddress(port, { Glibc.bind(number, $0, $1) }) == 0 else {
            let code = errno
            close(number)
            throw HarnessError("bind to port \(port): errno \(code)")
        }
        return number
    }

    /// The local port of a socket.
    static func port(of number: CInt) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &size) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// A port on which nobody listened a moment ago.
    static func freePort() throws -> UInt16 {
        let number = try listen(on: 0)
        defer { close(number) }
        return port(of: number)
    }

    private static func withAddress(
        _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
