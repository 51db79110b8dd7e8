import CLinux

/// How a server runs.
public struct ServerOptions: Sendable {
    /// Event loops, each on a thread of its own. By default one per processor we may run on.
    public var threads: Int
    /// Idle upstream connections kept per thread.
    public var upstreamKeepalivePoolSize: Int
    /// How long a graceful stop waits for requests in flight, at most.
    public var gracePeriod: TimeLimit
    /// What is added to that; Pingora gives its runtimes this long to end.
    public var gracefulShutdownTimeout = TimeLimit.seconds(5)
    /// How the server gives its sockets to a successor, and takes those of a predecessor.
    public var upgrade = UpgradeOptions()

    /// Options with their defaults.
    public init(
        threads: Int = ServerOptions.processorCount, upstreamKeepalivePoolSize: Int = 128,
        gracePeriod: TimeLimit = .seconds(300)
    ) {
        self.threads = max(1, threads)
        self.upstreamKeepalivePoolSize = max(0, upstreamKeepalivePoolSize)
        self.gracePeriod = gracePeriod
    }

    /// How many descriptors this process may open (RLIMIT_NOFILE).
    public static var descriptorLimit: Int { Int(clamping: clinux_descriptor_limit()) }

    /// Lets this process open as many descriptors as it is allowed to ask for. Early: services look
    /// at the limit when they start.
    public static func raiseDescriptorLimit() { clinux_raise_descriptor_limit() }

    /// The processors this process may run on, at least 1.
    public static var processorCount: Int { Int(clinux_processor_count()) }
}
