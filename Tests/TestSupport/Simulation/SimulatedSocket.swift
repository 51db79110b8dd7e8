import CLinux
import Glibc

/// A stream socket of the simulation: a listener, or one end of a connection.
final class SimulatedSocket {
    let descriptor: CInt
    var address: [UInt8] = []
    var isListening = false
    /// Ends of connections that nobody has accepted yet.
    var backlog: [CInt] = []
    /// The other end; nil before the connect, and when it has been closed.
    var peer: SimulatedSocket?
    var isConnected = false
    /// Received and not yet read.
    var received: [UInt8] = []
    var receivedEnd = false
    var hasFinishedSending = false
    var wasReset = false
    var resetsOnClose = false

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// What a poll would report.
    var readyBits: UInt32 {
        if isListening { return backlog.isEmpty ? 0 : EPOLLIN.rawValue }
        var bits: UInt32 = 0
        if !received.isEmpty || receivedEnd || wasReset { bits |= EPOLLIN.rawValue }
        if receivedEnd { bits |= EPOLLRDHUP.rawValue }
        if wasReset { bits |= EPOLLERR.rawValue | EPOLLHUP.rawValue }
        if isConnected { bits |= EPOLLOUT.rawValue }
        return bits
    }

    func receive(
        _ bytes: UnsafeMutableRawPointer, _ capacity: Int, _ kernel: SimulatedKernel
    ) -> Int {
        if wasReset { return -Int(ECONNRESET) }
        guard !received.isEmpty else { return receivedEnd ? 0 : -Int(EAGAIN) }
        let count = kernel.portion(of: min(capacity, received.count))
        received.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: bytes, count: count)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
        }
        received.removeFirst(count)
        // The rest counts as coming later.
        if !received.isEmpty || receivedEnd { kernel.notify(descriptor, EPOLLIN.rawValue) }
        if let peer { kernel.notify(peer.descriptor, EPOLLOUT.rawValue) }
        return count
    }

    func send(_ bytes: [UInt8], _ kernel: SimulatedKernel) -> Int {
        if wasReset { return -Int(ECONNRESET) }
        guard isConnected, !hasFinishedSending, let peer else { return -Int(EPIPE) }
        let room = kernel.socketBuffer - peer.received.count
        guard room > 0 else { return -Int(EAGAIN) }
        let count = kernel.portion(of: min(room, bytes.count))
        peer.received.append(contentsOf: bytes.prefix(count))
        kernel.notify(peer.descriptor, EPOLLIN.rawValue)
        if count < bytes.count, count < room { kernel.notify(descriptor, EPOLLOUT.rawValue) }
        return count
    }

    func finishSending(_ kernel: SimulatedKernel) {
        guard !hasFinishedSending else { return }
        hasFinishedSending = true
        guard let peer else { return }
        peer.receivedEnd = true
        kernel.notify(peer.descriptor, EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
    }

    func close(in kernel: SimulatedKernel) {
        for waiting in backlog { _ = kernel.close(waiting) }
        guard let peer else { return }
        if resetsOnClose || !received.isEmpty {
            peer.wasReset = true
            kernel.notify(
                peer.descriptor, EPOLLIN.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue)
        } else {
            finishSending(kernel)
        }
        peer.peer = nil
        self.peer = nil
    }
}
