import Glibc

/// One end of a TCP connection, byte by byte, with a deadline on everything.
///
/// It belongs to one thread. What it received stands in `input` until it is taken.
final class RawConnection {
    /// How the other end stopped sending.
    enum Ending: Equatable {
        case closed
        case reset
    }

    /// Received and not yet taken.
    private(set) var input: [UInt8] = []
    /// Set once nothing more can come.
    private(set) var ending: Ending?
    /// Told about everything that comes.
    var observer: (([UInt8]) -> Void)?
    private let number: CInt
    private var isOpen = true

    /// Takes over a connected socket.
    init(owning number: CInt) {
        self.number = number
        var one: CInt = 1
        setsockopt(
            number, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Connects to a port of 127.0.0.1.
    convenience init(connectingTo port: UInt16) throws {
        self.init(owning: try TCPSocket.make())
        try TCPSocket.connect(number, to: port)
    }

    deinit { close() }

    // MARK: Ending

    func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(number)
    }

    /// Closes with a reset.
    func reset() {
        guard isOpen else { return }
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Ends the sending side only.
    func finishSending() {
        if isOpen { shutdown(number, CInt(SHUT_WR)) }
    }

    // MARK: Sending

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try send($0) }
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.send(
                number, part.baseAddress, part.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, "sending")
            } else {
                throw HarnessError("send: errno \(errno)")
            }
        }
    }

    // MARK: Receiving

    /// Receives once; false at the end.
    func receive() throws -> Bool {
        var block = [UInt8](repeating: 0, count: 65536)
        let count = try block.withUnsafeMutableBytes { try receive(into: $0) }
        guard count > 0 else { return false }
        input += block[..<count]
        observer?(Array(block[..<count]))
        return true
    }

    /// Receives once, past `input`; 0 at the end.
    func receive(into block: UnsafeMutableRawBufferPointer) throws -> Int {
        while ending == nil, isOpen {
            let count = recv(number, block.baseAddress, block.count, CInt(MSG_DONTWAIT))
            if count > 0 { return count }
            if count == 0 {
                ending = .closed
            } else if errno == EAGAIN {
                try wait(for: POLLIN, "receiving")
            } else {
                ending = .reset
            }
        }
        return 0
    }

    /// Takes `count` bytes; fewer if the other end stopped before.
    func take(_ count: Int) throws -> [UInt8] {
        while input.count < count, try receive() {}
        let bytes = Array(input.prefix(count))
        input.removeFirst(bytes.count)
        return bytes
    }

    /// Takes everything up to and with `mark`; nil if the other end stopped before it.
    func take(through mark: String) throws -> [UInt8]? {
        let mark = Array(mark.utf8)
        var start = 0
        while true {
            while start + mark.count <= input.count {
                if input[start..<start + mark.count].elementsEqual(mark) {
                    return try take(start + mark.count)
                }
                start += 1
            }
            guard try receive() else { return nil }
        }
    }

    /// Takes everything until the other end stops.
    func takeAll() throws -> [UInt8] {
        while try receive() {}
        return try take(input.count)
    }

    /// Waits until the other end stops, whatever it sends before.
    func waitForEnd() throws -> Ending {
        while try receive() {}
        return ending ?? .closed
    }

    /// Whether nothing comes for `seconds`.
    func staysQuiet(forSeconds seconds: Double) -> Bool {
        guard input.isEmpty else { return false }
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, CInt(seconds * 1000)) == 0
    }

    private func wait(for event: CInt, _ what: String) throws {
        var entry = pollfd(fd: number, events: Int16(event), revents: 0)
        let count = poll(&entry, 1, CInt(patienceSeconds * 1000))
        guard count != 0 else { throw HarnessError("nothing happened while \(what)") }
    }
}
