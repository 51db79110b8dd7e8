import CLinux
import Glibc

/// The far end of a connection: plain calls on the simulated kernel, without a loop.
public final class SimulatedEndpoint {
    /// How the other side went.
    public enum Ending {
        case orderly
        case reset
    }

    private var descriptor: CInt
    /// What has come and was not taken yet.
    public var received: [UInt8] = []
    /// Everything that ever came.
    public private(set) var transcript: [UInt8] = []
    /// What waits to be sent.
    public var outgoing: [UInt8] = []
    public private(set) var ending: Ending?
    /// Whether this end can't send any more, since the other one is gone.
    public private(set) var isSendingBroken = false

    /// Takes over a connected socket.
    public init(owning descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// Connects; nil if nobody listens there.
    public convenience init?(connectingTo address: SimulatedAddress) {
        let descriptor = clinux_socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        let result = address.withSockaddr { clinux_connect(descriptor, $0, $1) }
        var code: CInt = 0
        _ = clinux_getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code)
        guard code == 0, result == 0 || result == -EINPROGRESS else {
            _ = clinux_close(descriptor)
            return nil
        }
        self.init(owning: descriptor)
    }

    /// The next connection that waits at a listening socket; nil if none does.
    public static func accepted(by listener: CInt) -> CInt? {
        let accepted = clinux_accept(listener, nil, nil)
        return accepted >= 0 ? accepted : nil
    }

    public var isOpen: Bool { descriptor >= 0 }

    /// Sends once; true if anything moved.
    public func sendOnce() -> Bool {
        guard isOpen, !outgoing.isEmpty, !isSendingBroken else { return false }
        let count = clinux_send(descriptor, outgoing, min(outgoing.count, 16_384), nil, 0)
        if count > 0 { outgoing.removeFirst(count) }
        if count < 0, count != -Int(EAGAIN) {
            isSendingBroken = true
            outgoing = []
            return true
        }
        return count > 0
    }

    /// Receives once; true if anything came, an end included.
    public func receiveOnce() -> Bool {
        guard isOpen, ending == nil else { return false }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = clinux_recv(descriptor, &bytes, bytes.count)
        if count == -Int(EAGAIN) { return false }
        if count > 0 {
            received += bytes[..<count]
            transcript += bytes[..<count]
        } else {
            ending = count == 0 ? .orderly : .reset
        }
        return true
    }

    /// Ends this direction.
    public func finishSending() {
        if isOpen { _ = clinux_shutdown(descriptor, CInt(SHUT_WR)) }
    }

    /// Whether something has come that was not received yet.
    public var hasUnread: Bool { !(kernel.sockets[descriptor]?.received.isEmpty ?? true) }

    /// From here on the other end must send nothing new, once it has been told of what came last:
    /// so many bytes that nobody asked for, just sent, or, where 0, the end that is about to come.
    /// What it has begun before may go on.
    public func sayFarewell(surplus: Int) {
        guard received.isEmpty, let socket = kernel.sockets[descriptor], socket.received.isEmpty
        else { return }
        socket.peer?.farewell = SimulatedFarewell(surplus: surplus)
    }

    public func close() {
        if isOpen { _ = clinux_close(descriptor) }
        descriptor = -1
    }

    /// Closes with a reset.
    public func reset() {
        if isOpen { _ = clinux_setsockopt(descriptor, SOL_SOCKET, SO_LINGER, 0) }
        close()
    }
}

/// A listening socket of the simulation, for an origin.
public final class SimulatedListener {
    private var descriptor: CInt

    public init(_ address: SimulatedAddress) {
        descriptor = clinux_socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        _ = address.withSockaddr { clinux_bind(descriptor, $0, $1) }
        _ = clinux_listen(descriptor, 128)
    }

    /// The next connection that waits; nil if none does.
    public func accept() -> SimulatedEndpoint? {
        guard descriptor >= 0 else { return nil }
        let accepted = clinux_accept(descriptor, nil, nil)
        return accepted >= 0 ? SimulatedEndpoint(owning: accepted) : nil
    }

    public func close() {
        if descriptor >= 0 { _ = clinux_close(descriptor) }
        descriptor = -1
    }
}
