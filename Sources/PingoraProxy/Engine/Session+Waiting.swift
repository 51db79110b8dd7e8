package import PingoraCore

/// For a proxy that waits for something of its own.
extension Session {
    /// The time of this turn of the loop.
    package var now: MonotonicTime { client.loop.now }

    /// Wakes ``wait(until:)``, from any thread.
    package var waker: ConnectionWaker { client.waker }

    /// Suspends the request until it is woken, something happens on the client's connection, or
    /// `deadline` has come, and then returns false. The deadline of the whole exchange counts, too.
    package func wait(until deadline: MonotonicTime) async -> Bool {
        await client.wait(until: min(deadline, totalDeadline))
    }

    /// Whether the client's connection has failed.
    package var isClientGone: Bool { client.isBroken }
}
