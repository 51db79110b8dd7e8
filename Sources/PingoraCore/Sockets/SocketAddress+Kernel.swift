import Glibc

/// Conversion to and from the kernel's `sockaddr`.
extension SocketAddress {
    /// The address family: AF_INET, AF_INET6 or AF_UNIX.
    var family: CInt {
        switch self {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Calls `body` with the address as the kernel wants it.
    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        let size = fill(&storage)
        // SAFETY: sockaddr_storage is large enough and aligned for every family.
        return unsafe withUnsafePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe body(address, size)
            }
        }
    }

    /// Reads the address that `body` writes; nil if it fails, or for an unnamed Unix socket.
    static func read(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> (result: CInt, address: SocketAddress?) {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: as above; the kernel writes at most `size` bytes.
        let result = unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe body(address, &size)
            }
        }
        return (result, result < 0 ? nil : SocketAddress(storage))
    }

    private init?(_ storage: sockaddr_storage) {
        var storage = storage
        switch CInt(storage.ss_family) {
        case AF_INET:
            // SAFETY: the family says which structure lies there.
            let address = unsafe withUnsafeBytes(of: &storage) { bytes in
                unsafe bytes.loadUnaligned(as: sockaddr_in.self)
            }
            self = .ipv4(
                UInt32(bigEndian: address.sin_addr.s_addr),
                port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let (port, high, low) = unsafe withUnsafeBytes(of: &storage) { bytes in
                unsafe (
                    bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self),
                    bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                    bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
                )
            }
            let mapped = UInt64(bigEndian: low) >> 32 == 0xffff && high == 0
            if mapped {
                // ::ffff:a.b.c.d is an IPv4 client on a dual-stack socket.
                self = .ipv4(
                    UInt32(truncatingIfNeeded: UInt64(bigEndian: low)),
                    port: UInt16(bigEndian: port))
            } else {
                self = .ipv6(
                    high: UInt64(bigEndian: high), low: UInt64(bigEndian: low),
                    port: UInt16(bigEndian: port))
            }
        case AF_UNIX:
            let path = unsafe withUnsafeBytes(of: &storage) { bytes in
                unsafe String(decoding: bytes[2...].prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !path.isEmpty else { return nil }
            self = .unix(path)
        default:
            return nil
        }
    }

    private func fill(_ storage: inout sockaddr_storage) -> socklen_t {
        // SAFETY: every offset below lies within the 128 bytes of sockaddr_storage; the layouts are
        // those of sockaddr_in, sockaddr_in6 and sockaddr_un (man 3 sockaddr).
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes.storeBytes(of: sa_family_t(family), as: sa_family_t.self)
            switch self {
            case .ipv4(let address, let port):
                unsafe bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
                unsafe bytes.storeBytes(of: address.bigEndian, toByteOffset: 4, as: UInt32.self)
                return socklen_t(MemoryLayout<sockaddr_in>.size)
            case .ipv6(let high, let low, let port):
                unsafe bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
                unsafe bytes.storeBytes(of: high.bigEndian, toByteOffset: 8, as: UInt64.self)
                unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt64.self)
                return socklen_t(MemoryLayout<sockaddr_in6>.size)
            case .unix(let path):
                var offset = 2
                for byte in path.utf8.prefix(SocketAddress.longestPath) {
                    unsafe bytes[offset] = byte
                    offset += 1
                }
                return socklen_t(offset + 1)
            }
        }
    }
}
