import Glibc

/// The socket at which a service manager hears how its services fare (man 3 sd_notify).
final class NotifySocket {
    let path: String
    private let number: CInt
    /// All lines so far, in the order in which they came.
    private(set) var lines: [String] = []

    init(at path: String) throws {
        self.path = path
        number = try UnixPeer.make(CInt(SOCK_DGRAM.rawValue))
        let number = number
        guard UnixPeer.withAddress(path, { bind(number, $0, $1) }) == 0 else {
            throw HarnessError("bind to \(path): errno \(errno)")
        }
    }

    deinit { close(number) }

    /// Receives until a line begins with `text`, past those that were found before; nil if none
    /// comes.
    func next(_ text: String) -> String? {
        var found: String?
        _ = eventually {
            receive()
            guard let index = lines[seen...].firstIndex(where: { $0.hasPrefix(text) }) else {
                return false
            }
            found = lines[index]
            seen = index + 1
            return true
        }
        return found
    }

    private var seen = 0

    /// Receives what is there.
    func receive() {
        var message = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(number, &message, message.count, CInt(MSG_DONTWAIT))
            guard count > 0 else { return }
            lines += String(decoding: message[..<count], as: UTF8.self)
                .split(separator: "\n").map(String.init)
        }
    }
}
