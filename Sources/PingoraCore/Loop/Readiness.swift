import CLinux
import Glibc

/// What epoll reported of a descriptor (man 2 epoll_ctl).
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// There are bytes, a connection to accept, or an end of stream to read.
    package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    /// A send would take bytes; a pending connect has ended.
    package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer has shut down its sending side, or all of the connection.
    package static let peerClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
    /// Both directions are gone, or an error is pending.
    package static let broken = Readiness(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
    /// No word of epoll: the connection's transport may have something to receive, whatever the
    /// socket has. A bit that epoll does not use.
    package static let held = Readiness(rawValue: 1 << 24)

    /// What a stream socket is registered for, once and edge-triggered.
    static let stream =
        EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
    /// A listening socket that several loops share: level-triggered, and only one is woken.
    static let sharedListener = EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue
}

/// Something registered with a loop: it is told of readiness and of its deadline, on the loop's
/// thread.
package protocol EventHandler: AnyObject {
    func ready(_ readiness: Readiness)
    func deadlineReached()
}
