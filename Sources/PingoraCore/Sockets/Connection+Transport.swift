import CLinux
import Glibc

/// What a connection does otherwise where it has a transport.
extension Connection {
    func receive(through transport: any Transport) -> Received {
        guard isOpen, !readiness.isDisjoint(with: [.readable, .held]) else { return .wouldBlock }
        loop.buffers.provide(&input)
        if input.room < input.capacity / 2 { input.compact() }
        return switch transport.receive(into: &input, &readiness) {
        case .bytes(let count): .bytes(count)
        case .wouldBlock: .wouldBlock
        case .endOfStream: .endOfStream
        case .failed(let error): .failed(error)
        }
    }

    func send(
        through transport: any Transport, followedBy extra: borrowing Span<UInt8>
    ) -> Sent {
        guard readiness.contains(.writable) else { return .wouldBlock }
        guard output.count + extra.count > 0 else { return .bytes(0) }
        let count: Int
        do {
            guard let taken = try transport.send(output, followedBy: extra, &readiness)
            else { return .wouldBlock }
            count = taken
        } catch {
            return .failed(error)
        }
        return consumeSent(count)
    }

    /// Closes the socket behind the transport's goodbye, which nearly always leaves at once.
    func leave(_ socket: consuming FileDescriptor, to transport: any Transport) {
        if !readiness.isDisjoint(with: .broken) || transport.sayGoodbye(&readiness) { return }
        loop.unwatch(socket.number)
        // What can't be watched is closed without its goodbye.
        _ = try? Farewell(socket, transport, on: loop)
    }

    /// Whether there is still nothing for a keeper to see to: a transport may have got what is for
    /// itself alone, such as a session ticket.
    var isStillQuiet: Bool {
        guard hasNews else { return true }
        guard let transport, isOpen else { return false }
        return transport.isQuiet(&readiness)
    }

    /// The number of the socket, for a transport to be made on it; nil once it is closed.
    package var socketNumber: CInt? { descriptor?.number }

    /// What the kernel was last known to allow, for a handshake that moves between threads: takes
    /// `.readable`, `.writable` and `.held` away, and events put them back.
    package func takeReadiness() -> Readiness {
        let taken = readiness
        readiness.subtract([.readable, .writable, .held])
        return taken
    }

    /// Whether the kernel is known to allow all of `wanted`.
    package func allows(_ wanted: Readiness) -> Bool { readiness.isSuperset(of: wanted) }

    /// Puts back what ``takeReadiness()`` took, or what is left of it.
    package func giveBack(_ left: Readiness) {
        readiness.formUnion(left)
    }
}
