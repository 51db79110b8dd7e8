public import PingoraCore

/// Where a request goes: an address, and how to deal with the server behind it.
public struct HTTPPeer: Sendable {
    /// The server's address.
    public var address: SocketAddress
    /// The local address to connect from (port 0 for any); nil leaves the choice to the kernel.
    public var source: SocketAddress? {
        get { extras?.source }
        set { extras = Extras(source: newValue, layer: layer) }
    }
    /// Connections are shared only among peers of one group, for instance one tenant.
    public var group: UInt64 = 0
    /// What makes connections to it secure; nil: they are plain.
    package var layer: (any TransportLayer)? {
        get { extras?.layer }
        set { extras = Extras(source: source, layer: newValue) }
    }
    /// How long each step with this peer may take.
    public var timeouts: Timeouts

    /// What few peers have, behind one pointer: a peer is copied several times for each request.
    private var extras: Extras?

    private final class Extras: Sendable {
        let source: SocketAddress?
        let layer: (any TransportLayer)?

        init(source: SocketAddress?, layer: (any TransportLayer)?) {
            self.source = source
            self.layer = layer
        }
    }

    /// A peer at `address` with the default timeouts.
    public init(_ address: SocketAddress, timeouts: Timeouts = Timeouts()) {
        self.address = address
        self.timeouts = timeouts
    }

    /// How long each step with an upstream server may take.
    public struct Timeouts: Hashable, Sendable {
        /// Until the connection stands and is secure, where it is to be: 5 s, two lost SYNs on a
        /// good network.
        public var connect: TimeLimit
        /// From the end of the request to the first byte of the response: 60 s, as nginx has it.
        public var firstByte: TimeLimit
        /// Between two reads of a response: 30 s.
        public var read: TimeLimit
        /// Between two writes of a request: 30 s.
        public var write: TimeLimit
        /// How long an idle connection is kept: 60 s; zero keeps none.
        public var idle: TimeLimit
        /// For a whole try, from the choice of the peer to the head of its response; nil: as long
        /// as its steps take.
        public var attempt: TimeLimit?

        /// Timeouts with their defaults.
        public init(
            connect: TimeLimit = .seconds(5), firstByte: TimeLimit = .seconds(60),
            read: TimeLimit = .seconds(30), write: TimeLimit = .seconds(30),
            idle: TimeLimit = .seconds(60), attempt: TimeLimit? = nil
        ) {
            self.connect = connect
            self.firstByte = firstByte
            self.read = read
            self.write = write
            self.idle = idle
            self.attempt = attempt
        }
    }

    /// What stands in Host where the client named none.
    var hostField: String {
        if case .unix = address { return "localhost" }
        return "\(address)"
    }

    var reuseKey: ReuseKey {
        ReuseKey(address: address, source: source, group: group, layer: layer?.identity ?? 0)
    }
}
