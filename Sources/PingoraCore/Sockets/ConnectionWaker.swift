/// Wakes the task of a connection from any thread. A connection that has gone is not disturbed.
package struct ConnectionWaker: Sendable {
    fileprivate let loop: EventLoop
    fileprivate let token: UInt64

    /// Has the task look around; see ``Connection/wait(until:)``.
    package func wake() {
        loop.execute { [self] in loop.disturb(token) }
    }
}

extension Connection {
    /// Wakes the task that waits on this connection.
    package var waker: ConnectionWaker { ConnectionWaker(loop: loop, token: loop.token(of: slot)) }
}
