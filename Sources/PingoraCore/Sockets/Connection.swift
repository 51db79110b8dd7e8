import CLinux
import Glibc
import Synchronization

/// Who looks after a connection while no task does: a service its idle clients, a pool its idle
/// upstreams.
package protocol ConnectionKeeper: AnyObject {
    /// Something happened on the connection: bytes, an end, an error.
    func connectionReady(_ connection: Connection)
    /// The deadline set by ``Connection/park(with:until:)`` has come.
    func connectionExpired(_ connection: Connection)
}

/// A connected stream socket that belongs to one loop.
///
/// Invariants:
/// 1. It is registered once, edge-triggered: `readiness` remembers what epoll said until a system
///    call answers EAGAIN (or comes back short).
/// 2. At most one task waits on it, and an upstream connection wakes its client's task: one task
///    serves both ends, so both directions of a relay need no second task.
/// 3. With a keeper there is no task; without one there is.
@safe package final class Connection: EventHandler {
    package let loop: EventLoop
    /// The address of the other end; nil for an unnamed Unix socket.
    package let peerAddress: SocketAddress?
    /// Received and not yet consumed.
    package var input = ByteBuffer()
    /// Accepted for sending and not yet sent.
    package var output = ByteBuffer()
    /// The connection whose task is woken by this one's events; nil: its own.
    package var taskOwner: Connection?
    package private(set) var isOpen = true
    /// Bytes that the kernel has taken.
    package private(set) var sentCount = 0
    /// Requests that have been begun on it.
    package var requestCount = 0
    /// The address of the service where a client came in; nil where nobody knows any more.
    package var listener: SocketAddress?
    /// What encrypts; nil for plain TCP. It goes with the socket, also to another loop.
    package var transport: (any Transport)?
    /// What is to give it a transport before anything else; nil once that is done.
    package var awaitedLayer: (any TransportLayer)?
    /// What a limit has granted it, for as long as it is open.
    package var admission: ClientCounts.Admission?
    /// Where it was pooled; nil for a client connection, and before the first time.
    var idleGroup: IdleGroup?

    var descriptor: FileDescriptor?
    private let number: CInt
    private(set) var slot = 0
    var readiness: Readiness
    private var continuation: UnsafeContinuation<Void, Never>?
    private var isExpired = false
    /// Who looks after it while no task does.
    private(set) var keeper: (any ConnectionKeeper)?
    /// Until when its keeper keeps it.
    package private(set) var keptUntil = MonotonicTime.never

    /// Takes over a connected (or connecting) socket and registers it with `loop`.
    package init(
        _ descriptor: consuming FileDescriptor, peer: SocketAddress?, on loop: EventLoop,
        writable: Bool = true
    ) throws(SystemError) {
        self.loop = loop
        peerAddress = peer
        readiness = writable ? .writable : []
        number = descriptor.number
        self.descriptor = consume descriptor
        // Counted first: where epoll refuses it, deinit counts it out.
        loop.connectionCount.add(1, ordering: .relaxed)
        slot = try loop.register(number, events: Readiness.stream, handler: self)
    }

    deinit {
        if isOpen { loop.connectionCount.subtract(1, ordering: .relaxed) }
    }

    /// Closes the socket and gives the buffers back. Idempotent.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        keeper = nil
        admission = nil
        loop.deregister(slot)
        if let transport, let socket = descriptor.take() { leave(socket, to: transport) }
        descriptor = nil
        transport = nil
        loop.buffers.reclaim(&input)
        loop.buffers.reclaim(&output)
        loop.connectionCount.subtract(1, ordering: .relaxed)
    }

    /// Closes with a reset, so that the peer can't take what it has for a complete message.
    package func abort() {
        if isOpen { descriptor?.resetOnClose() }
        transport = nil
        close()
    }

    /// Gives back the buffers that hold nothing: a long wait, as of a quiet tunnel, needs none.
    package func reclaimEmptyBuffers() {
        if input.isEmpty { loop.buffers.reclaim(&input) }
        if output.isEmpty { loop.buffers.reclaim(&output) }
    }

    /// Ends our sending side; the peer reads an end of stream.
    package func finishSending() {
        guard isOpen else { return }
        if let transport { return transport.finishSending(&readiness) }
        _ = clinux_shutdown(number, CInt(SHUT_WR))
    }

    // MARK: Without a task

    /// Leaves the connection to `keeper`, without buffers, until something happens or `deadline`.
    package func park(with keeper: any ConnectionKeeper, until deadline: MonotonicTime) {
        loop.buffers.reclaim(&input)
        loop.buffers.reclaim(&output)
        taskOwner = nil
        self.keeper = keeper
        keptUntil = deadline
        loop.setDeadline(slot, deadline)
    }

    /// Takes the connection back from its keeper, for a task.
    package func unpark() {
        keeper = nil
        isExpired = false
    }

    /// Whether both peers have the same address, apart from their ports.
    package func comesFromHost(of other: Connection) -> Bool {
        switch (peerAddress, other.peerAddress) {
        case (.ipv4(let host, _), .ipv4(let other, _)): host == other
        case (.ipv6(let high, let low, _), .ipv6(let otherHigh, let otherLow, _)):
            high == otherHigh && low == otherLow
        case (nil, nil): true
        default: false
        }
    }

    /// Has the next ``receive()`` ask the kernel, though no event has said that it is worth it.
    package func lookForBytes() { readiness.insert(.readable) }

    /// Whether the peer sent something, closed or broke the connection since we last read.
    package var hasNews: Bool {
        !readiness.isDisjoint(with: [.readable, .held, .peerClosed, .broken])
    }

    /// Whether the connection has failed or is closed in both directions.
    package var isBroken: Bool { !isOpen || !readiness.isDisjoint(with: .broken) }

    /// Moves the socket out; what stays behind is closed by its own loop.
    func takeDescriptor() -> FileDescriptor? {
        descriptor.take()
    }

    // MARK: Events

    package func ready(_ events: Readiness) {
        readiness.formUnion(events)
        if !events.isDisjoint(with: [.broken, .peerClosed]) { readiness.insert(.readable) }
        if !events.isDisjoint(with: .broken) { readiness.insert(.writable) }
        guard let keeper else { return (taskOwner ?? self).wake() }
        // That a quiet connection could take bytes is no news to its keeper.
        if hasNews { keeper.connectionReady(self) }
    }

    package func deadlineReached() {
        if let keeper { return keeper.connectionExpired(self) }
        // An event of this very turn has woken the task already, and what it brought comes first.
        guard unsafe continuation != nil else { return }
        isExpired = true
        wake()
    }

    func wake() {
        guard let waiting = unsafe continuation else { return }
        unsafe continuation = nil
        unsafe waiting.resume()
    }

    /// Suspends the task of this connection until anything happens on it, or on one it owns the
    /// task of. Spurious returns are allowed; callers look again. The connection holds no buffer
    /// meanwhile that has no bytes.
    ///
    /// - Returns: false when `deadline` has come.
    package func wait(until deadline: MonotonicTime) async -> Bool {
        if deadline <= loop.now { return false }
        reclaimEmptyBuffers()
        isExpired = false
        loop.setDeadline(slot, deadline)
        await unsafe withUnsafeContinuation { unsafe continuation = $0 }
        return !isExpired
    }

    // MARK: Reading and writing without waiting

    /// What one attempt to receive came to.
    package enum Received {
        case bytes(Int)
        case wouldBlock
        case endOfStream
        case failed(SystemError)
    }

    /// Receives once into `input`, if there may be something.
    package func receive() -> Received {
        if let transport { return receive(through: transport) }
        guard isOpen, readiness.contains(.readable) else { return .wouldBlock }
        loop.buffers.provide(&input)
        if input.room < input.capacity / 2 { input.compact() }
        let room = input.room
        let count = input.receive(from: number)
        if count > 0 {
            // A short read has emptied the socket, unless an end of stream stands behind it.
            if count < room, readiness.isDisjoint(with: [.peerClosed, .broken]) {
                readiness.remove(.readable)
            }
            return .bytes(count)
        }
        if count == 0 { return .endOfStream }
        switch CInt(-count) {
        case EAGAIN:
            readiness.remove(.readable)
            return .wouldBlock
        case EINTR: return receive()
        case let code: return .failed(SystemError(call: "recv", code: code))
        }
    }

    /// What one attempt to send came to.
    package enum Sent {
        /// All of `output` and this many of the extra bytes went out.
        case bytes(Int)
        case wouldBlock
        case failed(SystemError)
    }

    /// Sends `output` and then `extra` in one call, if the socket may take something.
    package func send(followedBy extra: borrowing Span<UInt8>) -> Sent {
        guard isOpen else { return .failed(SystemError(call: "send", code: EPIPE)) }
        if let transport { return send(through: transport, followedBy: extra) }
        guard readiness.contains(.writable) else { return .wouldBlock }
        let wanted = output.count + extra.count
        guard wanted > 0 else { return .bytes(0) }
        let count = output.send(to: number, followedBy: extra)
        guard count >= 0 else {
            switch CInt(-count) {
            case EAGAIN:
                readiness.remove(.writable)
                return .wouldBlock
            case EINTR: return send(followedBy: extra)
            case let code: return .failed(SystemError(call: "send", code: code))
            }
        }
        if count < wanted { readiness.remove(.writable) }
        return consumeSent(count)
    }

    /// Accounts for `count` bytes that went out, of `output` first.
    func consumeSent(_ count: Int) -> Sent {
        sentCount &+= count
        let fromOutput = min(count, output.count)
        output.consume(fromOutput)
        if output.isEmpty { loop.buffers.reclaim(&output) }
        guard output.isEmpty else { return .wouldBlock }
        return .bytes(count - fromOutput)
    }
}
