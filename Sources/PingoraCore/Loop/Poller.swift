import CLinux
import Glibc

/// epoll, and nothing else.
@safe struct Poller: ~Copyable {
    private let epoll: FileDescriptor
    private let events: UnsafeMutablePointer<epoll_event>
    /// Enough to drain a busy loop in one call, small enough to stay in the cache (12 bytes each).
    private static let capacity = 256

    init() throws(SystemError) {
        epoll = FileDescriptor(
            owning: try SystemError.check(clinux_epoll_create(), "epoll_create1"))
        unsafe events = .allocate(capacity: Poller.capacity)
    }

    deinit {
        unsafe events.deallocate()
    }

    /// Watches `descriptor`; events carry `token`. A closed descriptor leaves by itself.
    func add(_ descriptor: CInt, events: UInt32, token: UInt64) throws(SystemError) {
        try SystemError.check(
            clinux_epoll_ctl(epoll.number, EPOLL_CTL_ADD, descriptor, events, token), "epoll_ctl")
    }

    /// Stops watching a descriptor that stays open. May be called from any thread.
    func remove(_ descriptor: CInt) {
        _ = clinux_epoll_ctl(epoll.number, EPOLL_CTL_DEL, descriptor, 0, 0)
    }

    /// Waits for events, at most `timeoutMilliseconds` (-1: for ever). An interrupted wait is
    /// empty.
    func wait(timeoutMilliseconds: CInt) -> Int {
        // SAFETY: `events` holds `capacity` elements for as long as self lives.
        let count = unsafe clinux_epoll_wait(
            epoll.number, events, CInt(Poller.capacity), timeoutMilliseconds)
        return max(0, Int(count))
    }

    /// One of the events of the last wait.
    func event(at index: Int) -> (token: UInt64, readiness: Readiness) {
        // SAFETY: callers stay below the count that `wait` returned.
        unsafe (
            clinux_event_token(events, index),
            Readiness(rawValue: clinux_event_bits(events, index))
        )
    }
}
