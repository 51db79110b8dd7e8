/// What one loop's pool gives to another loop: an idle socket, and the transport on it.
package struct SurrenderedSocket: ~Copyable {
    let descriptor: FileDescriptor
    /// The receiver's alone: nobody else touches it any more.
    private let transport: (any Transport)?

    init(_ descriptor: consuming FileDescriptor, _ transport: (any Transport)?) {
        self.descriptor = descriptor
        self.transport = transport
    }

    /// A connection of `loop` from it.
    ///
    /// - Throws: `SystemError` if the loop can't watch it; it is closed then.
    consuming func connect(
        to address: SocketAddress, on loop: EventLoop
    ) throws(SystemError) -> Connection {
        let transport = transport
        let connection = try Connection(descriptor, peer: address, on: loop)
        connection.transport = transport
        return connection
    }
}
