import CLinux
import Glibc

/// A stream socket of the simulation: a listener, or one end of a connection.
final class SimulatedSocket {
    let descriptor: CInt
    var address = SimulatedAddress(bytes: [])
    var isListening = false
    /// Ends of connections that nobody has accepted yet.
    var backlog: [CInt] = []
    /// The other end; nil before the connect, and when it has been closed.
    var peer: SimulatedSocket?
    var isConnected = false
    /// What SO_ERROR gives, once.
    var pendingError: CInt = 0
    /// Received and not yet read.
    var received: [UInt8] = []
    var receivedEnd = false
    var hasFinishedSending = false
    var wasReset = false
    var resetsOnClose = false
    /// Set where the far end has said all that it will.
    var farewell: SimulatedFarewell?
    /// Whether a send took less than it was given.
    private var lacksRoom = false

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// What a poll would report (man 2 epoll_ctl, net/ipv4/tcp.c).
    func readyBits(buffer: Int) -> UInt32 {
        if isListening { return backlog.isEmpty ? 0 : EPOLLIN.rawValue }
        var bits: UInt32 = 0
        let hasFailed = wasReset || pendingError != 0
        if !received.isEmpty || receivedEnd || hasFailed { bits |= EPOLLIN.rawValue }
        if receivedEnd || hasFailed { bits |= EPOLLRDHUP.rawValue }
        if hasFailed { bits |= EPOLLERR.rawValue }
        if hasFailed || receivedEnd && hasFinishedSending { bits |= EPOLLHUP.rawValue }
        let hasRoom = isConnected && (peer?.received.count ?? 0) < buffer
        if hasRoom || hasFailed { bits |= EPOLLOUT.rawValue }
        return bits
    }

    func receive(
        _ bytes: UnsafeMutableRawPointer, _ capacity: Int, _ kernel: SimulatedKernel
    ) -> Int {
        guard !received.isEmpty else {
            if wasReset { return -Int(ECONNRESET) }
            return receivedEnd ? 0 : -Int(EAGAIN)
        }
        let count = kernel.portion(of: min(capacity, received.count))
        received.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: bytes, count: count)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
        }
        received.removeFirst(count)
        farewell?.noteReceive(left: received.count)
        // The rest counts as coming later.
        if !received.isEmpty || receivedEnd { kernel.notify(descriptor, EPOLLIN.rawValue) }
        // As in Linux, only who had no room is told that there is some (SOCK_NOSPACE).
        if let peer, peer.lacksRoom {
            peer.lacksRoom = false
            kernel.notify(peer.descriptor, EPOLLOUT.rawValue)
        }
        return count
    }

    func send(_ bytes: [UInt8], _ kernel: SimulatedKernel) -> Int {
        switch farewell?.noteSend() {
        case .wrong: kernel.wrongSends += 1
        case .excused: kernel.excusedSends += 1
        case .settled, nil: break
        }
        if wasReset { return -Int(ECONNRESET) }
        guard isConnected, !hasFinishedSending else { return -Int(EPIPE) }
        guard let peer else {
            // Nobody is there any more: the bytes are taken, and answered with a reset.
            reset(kernel)
            return bytes.count
        }
        let room = kernel.socketBuffer - peer.received.count
        guard room > 0 else {
            lacksRoom = true
            return -Int(EAGAIN)
        }
        let count = kernel.portion(of: min(room, bytes.count))
        peer.received.append(contentsOf: bytes.prefix(count))
        kernel.notify(peer.descriptor, EPOLLIN.rawValue)
        if count == room, count < bytes.count { lacksRoom = true }
        if count < bytes.count, count < room { kernel.notify(descriptor, EPOLLOUT.rawValue) }
        return count
    }

    func finishSending(_ kernel: SimulatedKernel) -> CInt {
        guard isConnected, !wasReset else { return -ENOTCONN }
        guard !hasFinishedSending else { return 0 }
        hasFinishedSending = true
        if receivedEnd { kernel.notify(descriptor, EPOLLHUP.rawValue) }
        guard let peer else { return 0 }
        peer.receivedEnd = true
        let ended = peer.hasFinishedSending ? EPOLLHUP.rawValue : 0
        kernel.notify(peer.descriptor, EPOLLIN.rawValue | EPOLLRDHUP.rawValue | ended)
        return 0
    }

    func close(in kernel: SimulatedKernel) {
        for waiting in backlog { _ = kernel.close(waiting) }
        guard let peer else { return }
        if resetsOnClose || !received.isEmpty {
            peer.reset(kernel)
        } else {
            _ = finishSending(kernel)
        }
        peer.peer = nil
        self.peer = nil
    }

    /// A reset has come. What was received and not yet read is lost, or not: both happen.
    private func reset(_ kernel: SimulatedKernel) {
        wasReset = true
        if Bool.random(using: &kernel.random) { received = [] }
        let bits = EPOLLIN.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue
        kernel.notify(descriptor, bits)
    }
}
