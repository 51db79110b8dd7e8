extension Predecessor {
    /// Moves `connections` to the successor, and waits until it holds them all. The descriptors
    /// stay the caller's, who closes those of connections that were acknowledged. Nobody here may
    /// read from one, or write to it, from before the call until it is known who holds it.
    /// It must have left every epoll before: closing a socket that another process holds, too, does
    /// not take it out (man 7 epoll).
    ///
    /// Blocks for at most `limit`, without one ``HandOverLimits/move``. After an error
    /// ``adoptedCount`` is final: the successor won't serve any other connection, so the caller
    /// may go on with them. No more can be moved then.
    ///
    /// - Throws: `UpgradeError`; `.tooManyHeldBytes` before anything was sent.
    public mutating func move(
        _ connections: [MovingConnection], within limit: Duration? = nil
    ) throws(UpgradeError) {
        precondition(step == .moving, "connections move after the hand-over")
        for connection in connections where connection.mostHeldBytes > FormatLimits.heldBytes {
            throw .tooManyHeldBytes(connection.mostHeldBytes)
        }
        guard canMove else { throw .ended(step) }
        let deadline = Deadline(in: limit ?? limits.move)
        var sent = adoptedCount
        do {
            for connection in connections {
                while sent - adoptedCount >= FormatLimits.unacknowledged {
                    try takeAcknowledgement(of: sent, by: deadline)
                }
                sent += 1
                try line.channel.send(
                    connection.message, descriptors: connection.descriptors, during: step,
                    by: deadline)
            }
            while adoptedCount < sent { try takeAcknowledgement(of: sent, by: deadline) }
        } catch {
            settle(sent)
            throw error
        }
    }

    /// Tells the successor that this process ends, and sends nothing more.
    public mutating func sayFarewell() {
        // Whether it arrives makes no difference: the successor sees the end, too.
        try? line.channel.send(.farewell, during: step, by: Deadline(in: .seconds(1)))
    }

    private mutating func takeAcknowledgement(
        of sent: Int, by deadline: Deadline
    ) throws(UpgradeError) {
        let message = try line.channel.receiveMessage(during: step, by: deadline)
        guard case .adopted(let count) = message else { throw unexpected(message) }
        guard adoptedCount + 1...sent ~= Int(count) else {
            throw .adoptedCount(sent: sent, found: Int(count))
        }
        adoptedCount = Int(count)
    }

    /// Refuses further acknowledgements, and counts those that are here. So the successor can't
    /// believe that it has acknowledged a connection which the caller takes back.
    private mutating func settle(_ sent: Int) {
        canMove = false
        try? line.channel.stopReceiving()
        // The end is an error, too. One that is not the end does not come twice.
        for _ in 0..<3 {
            while adoptedCount < sent {
                do throws(UpgradeError) {
                    try takeAcknowledgement(of: sent, by: .now)
                } catch {
                    break
                }
            }
        }
    }
}
