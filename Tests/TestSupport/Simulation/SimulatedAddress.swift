import CLinux
import Glibc

/// An IPv4 address of the simulation, as the bytes of a `sockaddr_in`.
public struct SimulatedAddress: Hashable, Sendable {
    let bytes: [UInt8]

    /// 127.0.0.1 with `port`.
    public init(port: UInt16) {
        bytes =
            [UInt8(AF_INET), 0, UInt8(port >> 8), UInt8(port & 255), 127, 0, 0, 1]
            + [UInt8](repeating: 0, count: 8)
    }

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(_ address: UnsafePointer<sockaddr>, _ size: socklen_t) {
        bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(size)))
    }

    func withSockaddr(_ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        bytes.withUnsafeBytes {
            guard let base = $0.baseAddress else { return -EINVAL }
            return body(base.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
    }

    func write(
        _ address: UnsafeMutablePointer<sockaddr>?, _ size: UnsafeMutablePointer<socklen_t>?
    ) {
        guard let address, let size else { return }
        UnsafeMutableRawPointer(address).copyMemory(from: bytes, byteCount: bytes.count)
        size.pointee = socklen_t(bytes.count)
    }
}
