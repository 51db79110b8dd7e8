import CLinux
import Glibc

@testable import PingoraCore

/// A listening socket on the real kernel, whose calls block for at most some seconds.
final class BlockingOrigin {
    private let descriptor: CInt
    let address: SocketAddress

    /// At a free port of loopback. One that only binds refuses every connection.
    init?(listens: Bool = true) {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let number = descriptor
        let any = SocketAddress.ipv4(0x7f00_0001, port: 0)
        let bound = any.withSockaddr { Glibc.bind(number, $0, $1) }
        address = SocketAddress.read { getsockname(number, $0, $1) }.address ?? any
        BlockingOrigin.limit(number)
        guard bound == 0, !listens || listen(number, 16) == 0 else { return nil }
    }

    deinit { Glibc.close(descriptor) }

    /// What comes after an answer.
    enum Ending: Sendable {
        case close
        /// Nothing, until the client ends.
        case wait
        /// This again and again, until the client ends.
        case repeats(String)
    }

    /// Accepts a connection, reads a head, sends `answer` and ends; returns the head.
    func serve(_ answer: String, then ending: Ending = .close) -> String? {
        guard let client = acceptOne() else { return nil }
        defer { Glibc.close(client) }
        var head = ""
        var bytes = [UInt8](repeating: 0, count: 4096)
        while !head.hasSuffix("\r\n\r\n") {
            let count = recv(client, &bytes, bytes.count, 0)
            guard count > 0 else { return nil }
            head += String(decoding: bytes[..<count], as: UTF8.self)
        }
        guard BlockingOrigin.send(answer, to: client) else { return nil }
        switch ending {
        case .close: break
        case .wait: _ = BlockingOrigin.receiveEnd(of: client)
        case .repeats(let text): while BlockingOrigin.send(text, to: client) {}
        }
        return head
    }

    /// Accepts a connection and sends `greeting`; returns the error that the client's end is, 0 if
    /// it is none.
    func greet(_ greeting: String) -> CInt? {
        guard let client = acceptOne() else { return nil }
        defer { Glibc.close(client) }
        guard BlockingOrigin.send(greeting, to: client) else { return nil }
        return BlockingOrigin.receiveEnd(of: client)
    }

    private func acceptOne() -> CInt? {
        let accepted = clinux_accept(descriptor, nil, nil)
        guard accepted >= 0 else { return nil }
        // It comes as one that does not block.
        _ = fcntl(accepted, F_SETFL, 0)
        BlockingOrigin.limit(accepted)
        return accepted
    }

    private static func send(_ text: String, to client: CInt) -> Bool {
        let bytes = Array(text.utf8)
        return Glibc.send(client, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count
    }

    private static func receiveEnd(of client: CInt) -> CInt {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(client, &bytes, bytes.count, 0)
            if count <= 0 { return count == 0 ? 0 : errno }
        }
    }

    private static func limit(_ descriptor: CInt) {
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }
}
