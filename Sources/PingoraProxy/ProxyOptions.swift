public import PingoraCore
public import PingoraHTTP

/// Every limit and timeout towards clients, and how often a request is tried.
public struct ProxyOptions: Sendable {
    /// What a request head may be like.
    public var requestLimits = ParseLimits.request
    /// What a response head may be like.
    public var responseLimits = ParseLimits.response
    /// The largest request body, in bytes; nil sets no limit. Beyond: 413.
    public var maximumBodyBytes: Int?
    /// From the accepted connection to the end of its TLS handshake, where it is to be secure: 10 s
    /// are plenty for three round trips, and end a slow-loris.
    public var clientHandshake = TimeLimit.seconds(10)
    /// A whole request head, from its first byte: 10 s ends a slow-loris.
    public var clientHeader = TimeLimit.seconds(10)
    /// Between two reads of a request body.
    public var clientBody = TimeLimit.seconds(30)
    /// Bytes in a second that a request body comes with at least, on average and after
    /// ``clientBody``; 0: no matter how slowly. A modem has 5000; 100 ends who drips on purpose.
    public var clientBodyRate = 100
    /// A kept-alive connection between requests, and a new one before its first byte.
    public var clientIdle = TimeLimit.seconds(75)
    /// Between two writes of a response.
    public var clientWrite = TimeLimit.seconds(30)
    /// Bytes in a second that a client takes of a response at least, on average over the time in
    /// which we wait for it, and after ``clientWrite``; 0: no matter how slowly. A satellite phone
    /// has 300; 240 is what IIS and Kestrel ask for, too.
    public var responseRate = 240
    /// A whole exchange, from the first byte of its head to the last one of its response; nil: any
    /// time, since downloads, streams and long polls take long, and silence has limits of its own.
    /// What has become a tunnel is no exchange any more.
    public var total: TimeLimit?
    /// An upgraded connection (WebSocket) in which nothing moves.
    public var tunnelIdle = TimeLimit.seconds(3600)
    /// Connections that are open at once, to clients and servers; beyond, new clients are closed
    /// at once. By default three quarters of the descriptors that the process may open, which
    /// leaves some for everything else.
    public var maximumConnections = max(64, ServerOptions.descriptorLimit / 4 * 3)
    /// Connections of one client address (of IPv6: its first 64 bits) at once; nil: any number,
    /// since behind one address there may be many people, or another proxy.
    public var connectionsPerClient: Int?
    /// Requests on one client connection before it is closed, as nginx's keepalive_requests but
    /// high enough not to matter: it only bounds what a single connection can hold on to.
    public var requestsPerConnection = 1_000_000
    /// The ports that CONNECT may ask for, for each of the service's addresses. Elsewhere it is
    /// refused, since it makes a tunnel to whatever the servers behind let it reach.
    public var connectPorts: [SocketAddress: [UInt16]] = [:]
    /// Tries of one request in total, the first included.
    public var maximumTries = 16
    /// Retries for each hundred requests, per loop: 20, as Envoy and Finagle have it. An outage
    /// can't multiply the load by more than that.
    public var retryPercent = 20
    /// Retries in each second that are free, per loop, or a quiet proxy could never make one.
    public var freeRetriesPerSecond = 10

    /// Options with their defaults.
    public init() {}
}
