import Glibc

@testable import PingoraCore

/// A listening socket on the real kernel, whose calls block for at most some seconds.
final class BlockingOrigin {
    private let descriptor: CInt
    let address: SocketAddress

    /// At a free port of loopback. One that only binds refuses every connection.
    init?(listens: Bool = true) {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        let number = descriptor
        let any = SocketAddress.ipv4(0x7f00_0001, port: 0)
        let bound = any.withSockaddr { Glibc.bind(number, $0, $1) }
        address = SocketAddress.read { getsockname(number, $0, $1) }.address ?? any
        BlockingOrigin.limit(number)
        guard bound == 0, !listens || listen(number, 16) == 0 else { return nil }
    }

    deinit { Glibc.close(descriptor) }

    /// Accepts a connection, reads a head, sends `answer` and ends; returns the head.
    func serve(_ answer: String) -> String? {
        let accepted = accept(descriptor, nil, nil)
        guard accepted >= 0 else { return nil }
        defer { Glibc.close(accepted) }
        BlockingOrigin.limit(accepted)
        var head = ""
        var bytes = [UInt8](repeating: 0, count: 4096)
        while !head.hasSuffix("\r\n\r\n") {
            let count = recv(accepted, &bytes, bytes.count, 0)
            guard count > 0 else { return nil }
            head += String(decoding: bytes[..<count], as: UTF8.self)
        }
        let out = Array(answer.utf8)
        return send(accepted, out, out.count, CInt(MSG_NOSIGNAL)) == out.count ? head : nil
    }

    private static func limit(_ descriptor: CInt) {
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    }
}
