import Glibc

/// Unix stream sockets for peers that do not keep to the protocol of a hand-over.
enum UnixPeer {
    /// A listening socket at `path`.
    static func listen(at path: String) throws -> CInt {
        let number = try make(CInt(SOCK_STREAM.rawValue))
        guard withAddress(path, { bind(number, $0, $1) }) == 0, Glibc.listen(number, 8) == 0 else {
            throw HarnessError("listen at \(path): errno \(errno)")
        }
        return number
    }

    /// Accepts one connection; a peer that does not come is an error.
    static func accept(on listener: CInt) throws -> RawConnection {
        var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, CInt(patienceSeconds * 1000)) == 1 else {
            throw HarnessError("nobody connects")
        }
        let number = Glibc.accept(listener, nil, nil)
        guard number >= 0 else { throw HarnessError("accept: errno \(errno)") }
        return RawConnection(owning: number)
    }

    /// Connects to `path`, once somebody listens there.
    static func connect(to path: String) throws -> RawConnection {
        var found: CInt?
        _ = try eventually {
            let number = try make(CInt(SOCK_STREAM.rawValue))
            if withAddress(path, { Glibc.connect(number, $0, $1) }) == 0 {
                found = number
            } else {
                close(number)
            }
            return found != nil
        }
        guard let found else { throw HarnessError("nobody listens at \(path)") }
        return RawConnection(owning: found)
    }

    static func make(_ type: CInt) throws -> CInt {
        let number = socket(AF_UNIX, type | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw HarnessError("socket: errno \(errno)") }
        return number
    }

    static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            room.copyBytes(from: path.utf8.prefix(room.count - 1))
        }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
