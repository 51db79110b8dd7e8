import Glibc

@testable import PingoraCore

/// A client on the real kernel that blocks, at most some seconds.
final class BlockingClient {
    private let descriptor: CInt

    /// Connects; nil if nobody answers.
    init?(_ address: SocketAddress) {
        descriptor = socket(address.family, CInt(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        let number = descriptor
        guard address.withSockaddr({ Glibc.connect(number, $0, $1) }) == 0 else { return nil }
    }

    deinit {
        Glibc.close(descriptor)
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
    }

    /// What comes, until `count` bytes are there or the other side ends.
    func receive(_ count: Int) -> String {
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while all.count < count {
            let got = recv(descriptor, &bytes, min(bytes.count, count - all.count), 0)
            guard got > 0 else { break }
            all += bytes[..<got]
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// Whether the other side has ended, and nothing comes before that.
    var hasEnded: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, 0) == 0
    }
}
