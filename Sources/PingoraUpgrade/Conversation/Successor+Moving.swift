extension Successor {
    /// Receives connections and gives each to `adopt`, having acknowledged it: from then on it is
    /// this process's. What can't be acknowledged is closed, since the predecessor takes it back.
    ///
    /// Blocks without limit, until the predecessor ends or something fails. The predecessor may
    /// live on after a failure: keep the successor, and so the channel, for that long.
    public mutating func receiveConnections(
        _ adopt: (consuming ArrivedConnection) -> Void
    ) -> MovingEnd {
        precondition(step == .moving, "connections move after the hand-over")
        do {
            try adoptAll(adopt)
            return .farewell
        } catch {
            if case .ended = error, !channel.isOpen() { return .predecessorGone }
            // The predecessor need not wait for an acknowledgement that will never come.
            channel.stopSending()
            return .failed(error)
        }
    }

    private mutating func adoptAll(
        _ adopt: (consuming ArrivedConnection) -> Void
    ) throws(UpgradeError) {
        while true {
            var received = try channel.receive(during: step, by: .never)
            let arrived: ArrivedConnection
            switch received.message {
            case .client(let client):
                arrived = .client(client, received.descriptors.take(at: 0))
            case .tunnel(let tunnel):
                let first = received.descriptors.take(at: 0)
                arrived = .tunnel(
                    tunnel, client: first, server: received.descriptors.take(at: 0))
            case .farewell: return
            case let other: throw .unexpected(kind: other.kind.rawValue, during: step)
            }
            adoptedCount &+= 1
            try channel.send(
                .adopted(count: adoptedCount), during: step, by: Deadline(in: limits.move))
            adopt(arrived)
        }
    }
}
