/// How long each side waits for the other, step by step.
public struct HandOverLimits: Hashable, Sendable {
    /// For the other's first message: it is there already, or something is wrong.
    public var greeting = Duration.seconds(5)
    /// For all sockets and their receipt. A thousand of them take milliseconds.
    public var transfer = Duration.seconds(30)
    /// For the successor to serve: it reads its configuration and proves itself in this time.
    public var probation = Duration.seconds(60)
    /// For the predecessor to let go: it only has to read one message.
    public var release = Duration.seconds(10)

    /// The limits as given above.
    public init() {}
}
