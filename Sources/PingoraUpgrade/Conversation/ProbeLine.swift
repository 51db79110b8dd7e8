/// Through which a predecessor sends its successor connections of its own making, before it lets
/// the successor accept those of others.
public struct ProbeLine: ~Copyable {
    var channel: UpgradeChannel
    /// By when the probation must be over.
    var deadline = Deadline.never

    init(channel: consuming UpgradeChannel) {
        self.channel = channel
    }

    /// A new connection that the successor serves as a client of `service`: our end of it,
    /// non-blocking and close-on-exec. The client has no address.
    ///
    /// - Throws: `UpgradeError.ended` when the successor is gone, `.timedOut` after
    ///   ``HandOverLimits/probation``.
    public mutating func connect(to service: SocketName) throws(UpgradeError) -> Descriptor {
        let pair = try UpgradePath.makePair()
        try channel.send(
            .probe(service: service), descriptors: [pair.first.number], during: .probation,
            by: deadline)
        return pair.takeSecond()
    }

    /// Whether the successor still holds its end of the channel.
    public borrowing func isSuccessorAlive() -> Bool { channel.isOpen() }
}
