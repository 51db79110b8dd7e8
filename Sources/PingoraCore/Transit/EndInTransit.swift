import Synchronization

/// One end of a connection that moves from one process to another: its socket, and the bytes that
/// the process it comes from had read or had not sent yet.
package final class EndInTransit: Sendable {
    /// The number of the socket, for sending a copy of it; it stays with this owner.
    let number: CInt
    /// The address of the other end; nil for an unnamed Unix socket.
    package let peer: SocketAddress?
    /// The address of the service where a client came in; nil for a server's end, and where it is
    /// not known.
    package let listener: SocketAddress?
    /// Received and not yet consumed.
    package let input: [UInt8]
    /// Accepted for sending and not yet sent.
    package let output: [UInt8]
    private let socket: Mutex<FileDescriptor?>

    /// An end that nobody watches.
    init(
        _ socket: consuming FileDescriptor, peer: SocketAddress?, listener: SocketAddress? = nil,
        input: [UInt8] = [], output: [UInt8] = []
    ) {
        number = socket.number
        self.socket = Mutex(consume socket)
        self.peer = peer
        self.listener = listener
        self.input = input
        self.output = output
    }

    /// Puts the end back to work, on the loop's own thread; nil once that was done.
    ///
    /// - Throws: `SystemError` if the loop can't watch it; it is closed then.
    package func arrive(on loop: EventLoop) throws(SystemError) -> Connection? {
        guard let socket = socket.withLock({ $0.take() }) else { return nil }
        let connection = try Connection(socket, peer: peer, on: loop)
        connection.listener = listener
        loop.fill(&connection.input, with: input)
        loop.fill(&connection.output, with: output)
        return connection
    }
}

extension Connection {
    /// Whether another process could go on with it: it can't know what makes a connection secure,
    /// or how far a handshake has come.
    package var canLeave: Bool { transport == nil && awaitedLayer == nil }

    /// Takes the socket, with all that is buffered, out of this loop's hands: nothing here touches
    /// it any more. On the loop's thread; nil if it is closed.
    ///
    /// What encrypts can't move: another process would read it as plain text. Such a connection is
    /// closed; who can wait for its end looks at ``canLeave`` first.
    package func leave() -> EndInTransit? {
        guard canLeave else {
            close()
            return nil
        }
        guard isOpen, let socket = takeDescriptor() else { return nil }
        let end = EndInTransit(
            socket, peer: peerAddress, listener: listener, input: input.copy,
            output: output.copy)
        // The other process keeps the socket open, so that closing ours would not end the watch.
        loop.unwatch(end.number)
        close()
        return end
    }
}

extension EventLoop {
    /// What fits no buffer can't come from a process of this kind, whose buffers are no larger.
    fileprivate func fill(_ buffer: inout ByteBuffer, with bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        buffers.provide(&buffer)
        if bytes.count > buffer.room { buffers.enlarge(&buffer) }
        buffer.append(bytes.span)
    }
}

extension ByteBuffer {
    /// The filled bytes, in an array of their own.
    package var copy: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in 0..<count { copy.append(bytes[index]) }
        return copy
    }
}
