/// How a server hands over to a new process, or takes over from an old one.
public struct UpgradeOptions: Sendable {
    /// The Unix socket at which both meet; nil: there are no upgrades.
    public var socketPath: String?
    /// Whether this process takes over from one that runs.
    public var takesOver = false
    /// How long each process waits for the other to come.
    public var wait = TimeLimit.seconds(10)
    /// What the new process has to read its configuration and to bind.
    public var preparation = TimeLimit.seconds(60)
    /// What the new process has to answer all probes.
    public var probation = TimeLimit.seconds(30)
    /// How the old process finds out whether the new one is fit to serve; nil: it believes it.
    public var prover: (any SuccessorProver)?
    /// What the successor goes on with; nil: nothing.
    package var secrets: (any InheritableSecrets)?
    /// The user and group that the socket's file is given to, where the other process runs as
    /// somebody else than this one.
    package var owner: (user: UInt32, group: UInt32)?

    /// Options with their defaults.
    public init() {}
}

/// Tries out a process that wants to take over, before it gets a single client.
public protocol SuccessorProver: Sendable {
    /// Says what is wrong with the process; nil if it is fit to serve.
    ///
    /// - Parameter exchange: makes a connection to the service of that name, sends the bytes and
    ///   returns what comes back until the connection ends, at most 64 KiB of it. It throws where
    ///   the process is gone, or the time of its probation is over.
    func fault(
        exchange: (_ service: String, _ request: [UInt8]) throws -> [UInt8]
    ) -> String?
}
