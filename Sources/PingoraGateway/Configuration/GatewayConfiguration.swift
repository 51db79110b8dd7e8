public import PingoraCore
public import PingoraHTTP
public import PingoraLB
public import PingoraProxy

/// Everything `pingora-lb` can be told, by its file or its flags; the defaults are those of
/// docs/CONFIGURATION.md.
public struct GatewayConfiguration: Sendable {
    /// The version of the file's format.
    public var version = 1
    /// Event loops, each on a thread of its own.
    public var threads = ServerOptions.processorCount
    /// Whether the process leaves the terminal and runs in the background.
    public var runsInBackground = false
    /// Where the process writes its number while it serves.
    public var pidFile: String?
    /// The user that the process becomes when its sockets are bound, by name or number.
    public var user: String?
    /// The group that goes with the user, by name or number; nil: the user's own.
    public var group: String?
    /// The directory that relative paths begin in, an absolute path; nil: where it was started.
    public var workingDirectory: String?
    /// Where the log goes; nil: standard error.
    public var errorLog: String?
    /// Where a successor takes over the listening sockets; nil: none can.
    public var upgradeSocket: String?
    /// How a process is replaced by its successor.
    public var upgrade = Upgrade()
    /// How long a graceful stop waits for requests in flight, at most.
    public var gracePeriod = TimeLimit.seconds(300)
    /// How much longer it waits after ``gracePeriod``, before it ends those requests.
    public var gracefulShutdownTimeout = TimeLimit.seconds(5)
    /// Idle upstream connections kept per thread.
    public var upstreamKeepalivePoolSize = 128
    /// Where a line per request goes; nil: nowhere.
    public var accessLog: LogWriter.Destination? = .standardOutput
    /// What the log leaves out.
    public var logLevel = LogLevel.info
    /// Where clients connect.
    public var listeners: [SocketAddress] = []
    /// Which of the listeners speak TLS, and how.
    public var secureListeners: [SocketAddress: ListenerTLS] = [:]
    /// The groups of servers that requests go to.
    public var upstreams: [Upstream] = []
    /// The servers that discovery has found when the file was read, by the name of their group.
    public var discovered: [String: [Backend]] = [:]
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

    /// Replaces the listeners of the file, and with them what it allows there.
    package mutating func listen(on addresses: [SocketAddress]) {
        listeners = addresses
        proxy.connectPorts = [:]
        secureListeners = [:]
    }
}
