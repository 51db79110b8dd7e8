public import PingoraCore
public import PingoraHTTP
public import PingoraProxy

/// Everything `pingora-lb` can be told, by its file or its flags; the defaults are those of
/// docs/CONFIGURATION.md.
public struct GatewayConfiguration: Sendable {
    /// The version of the file's format.
    public var version = 1
    /// Event loops, each on a thread of its own.
    public var threads = ServerOptions.processorCount
    /// Where the process writes its number.
    public var pidFile: String?
    /// Where the log goes; nil: standard error.
    public var errorLog: String?
    /// Where a successor takes over the listening sockets.
    public var upgradeSocket: String?
    /// How long a graceful stop waits for requests in flight, at most.
    public var gracePeriod = TimeLimit.seconds(300)
    /// What Pingora gives its runtimes to end after that; loops end at once, so that it has no
    /// effect here and is only read for the sake of its files.
    public var gracefulShutdownTimeout = TimeLimit.seconds(5)
    /// Idle upstream connections kept per thread.
    public var upstreamKeepalivePoolSize = 128
    /// Where a line per request goes; nil: nowhere.
    public var accessLog: LogWriter.Destination? = .standardOutput
    /// What the log leaves out.
    public var logLevel = LogLevel.info
    /// Where clients connect.
    public var listeners: [SocketAddress] = []
    /// The groups of servers that requests go to.
    public var upstreams: [Upstream] = []
    /// Which request goes to which group; empty: all to the only one.
    public var routes: [RouteTable.Route] = []
    /// Limits and timeouts towards clients.
    public var proxy = ProxyOptions()
    /// Timeouts towards upstream servers.
    public var upstreamTimeouts = HTTPPeer.Timeouts()
    /// What becomes of X-Forwarded-* that clients send; nil: such fields are not touched.
    public var forwarded: ForwardedFields.Trust? = .overwrite

    /// A configuration of defaults, without listeners and upstreams.
    public init() {}

    /// A group of servers that serve the same.
    public struct Upstream: Sendable {
        /// The name in `routes`.
        public var name: String
        /// What Host is replaced with; nil: the client's is passed on.
        public var hostHeader: String?
        /// The servers.
        public var servers: [Server]

        /// A group.
        public init(name: String, hostHeader: String? = nil, servers: [Server]) {
            self.name = name
            self.hostHeader = hostHeader
            self.servers = servers
        }
    }

    /// A server of a group.
    public struct Server: Sendable {
        /// Where it listens.
        public var address: SocketAddress
        /// Its share; 0: it gets nothing (drained).
        public var weight: Int

        /// A server.
        public init(address: SocketAddress, weight: Int = 1) {
            self.address = address
            self.weight = weight
        }
    }
}
