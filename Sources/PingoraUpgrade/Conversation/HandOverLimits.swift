/// How long each side waits for the other, step by step.
public struct HandOverLimits: Hashable, Sendable {
    /// For the other's first message: it is there already, or something is wrong.
    public var greeting = Duration.seconds(5)
    /// For all sockets and their receipt. A thousand of them take milliseconds.
    public var transfer = Duration.seconds(30)
    /// For the successor to be ready: it reads its configuration and binds its listeners.
    public var preparation = Duration.seconds(60)
    /// For all probes. The successor waits so long for its approval; the closure with which the
    /// predecessor proves it must return earlier, which is its own affair.
    public var probation = Duration.seconds(30)
    /// For the successor to accept, and for the predecessor to let go: each only has to read one
    /// message.
    public var release = Duration.seconds(10)
    /// For the connections of one call of ``Predecessor/move(_:within:)``, and for the successor
    /// to get rid of an acknowledgement.
    public var move = Duration.seconds(10)

    /// The limits as given above.
    public init() {}
}
