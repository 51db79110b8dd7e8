import CLinux
import Glibc

@testable import PingoraCore

extension Listener {
    /// Accepts one connection, if one waits.
    func acceptForTest(on loop: EventLoop) -> Connection? {
        let number = clinux_accept(number, nil, nil)
        return number < 0
            ? nil : try? Connection(FileDescriptor(owning: number), peer: nil, on: loop)
    }
}

extension Connection {
    /// The other end's address, as the kernel tells it.
    var remoteHost: String? {
        guard let number = descriptor?.number else { return nil }
        return SocketAddress.read { getpeername(number, $0, $1) }.address?.host
    }

    /// Takes what has been received out of the input.
    func takeInput() -> [UInt8] {
        let bytes = input.copied
        input.removeAll()
        return bytes
    }
}

extension ByteBuffer {
    var copied: [UInt8] {
        let bytes = self.bytes
        return (0..<bytes.count).map { bytes[$0] }
    }
}
