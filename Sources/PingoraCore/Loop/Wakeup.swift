import CLinux
import Glibc
import Synchronization

/// An eventfd by which other threads end a loop's wait.
final class Wakeup: EventHandler, Sendable {
    static let events = EPOLLIN.rawValue | EPOLLET.rawValue
    let descriptor: FileDescriptor
    private let signalled = Atomic<Bool>(false)

    init() throws(SystemError) {
        descriptor = FileDescriptor(owning: try SystemError.check(clinux_eventfd(), "eventfd"))
    }

    /// Wakes the loop, now or at its next wait. From any thread.
    func signal() {
        var one: UInt64 = 1
        // SAFETY: an eventfd takes exactly these 8 bytes. EAGAIN means it is signalled already.
        _ = unsafe clinux_write(descriptor.number, &one, 8)
    }

    /// Whether there was a signal since the last time.
    func takeSignal() -> Bool { signalled.exchange(false, ordering: .relaxed) }

    func ready(_ readiness: Readiness) {
        var count: UInt64 = 0
        // SAFETY: an eventfd gives exactly these 8 bytes.
        _ = unsafe clinux_read(descriptor.number, &count, 8)
        signalled.store(true, ordering: .relaxed)
    }

    func deadlineReached() {}
}
