/// Something that serves the connections of its listeners: a proxy, a demo origin.
public protocol Service: Sendable {
    /// For the log.
    var name: String { get }
    /// Where it listens. Port 0 takes a free one.
    var addresses: [SocketAddress] { get }
    /// Makes the part that serves on one loop; called once per loop before it runs. Everything it
    /// does later, it does on that loop's thread.
    func makeWorker(on loop: EventLoop, shared: ServiceResources) -> any ServiceWorker
}

/// One loop's part of a service.
public protocol ServiceWorker: AnyObject {
    /// Takes over an accepted connection.
    func serve(_ socket: consuming AcceptedSocket)
    /// Finishes what is under way, closes what is idle.
    func drain()
}

/// A connection that was just accepted and belongs to nobody yet.
public struct AcceptedSocket: ~Copyable {
    private let descriptor: FileDescriptor
    /// The client's address; nil for an unnamed Unix socket.
    public let peerAddress: SocketAddress?
    /// The address of the service where it came in; nil for a connection that nobody accepted.
    package let listener: SocketAddress?

    init(owning number: CInt, peer: SocketAddress?, listener: SocketAddress? = nil) {
        descriptor = FileDescriptor(owning: number)
        peerAddress = peer
        self.listener = listener
    }

    package consuming func takeDescriptor() -> FileDescriptor { descriptor }
}

/// What the workers of all loops of a server share.
public struct ServiceResources: Sendable {
    package let pools: ConnectionPools
    /// How many connections each client has.
    package let clients = ClientCounts()

    /// Connections that are open, to clients and servers, on all loops.
    package var connectionCount: Int { pools.connectionCount }
}
