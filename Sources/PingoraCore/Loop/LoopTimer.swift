/// Lets one task sleep on its loop, until a time or until something wakes it.
///
/// It holds a place in the loop, which lasts as long as the timer.
@safe package final class LoopTimer: EventHandler {
    private let loop: EventLoop
    private var slot = 0
    private var continuation: UnsafeContinuation<Void, Never>?
    private var isExpired = false

    /// A timer for a task of `loop`. On the loop's thread.
    package init(on loop: EventLoop) {
        self.loop = loop
        slot = loop.register(timer: WeakEventHandler(self))
    }

    deinit { loop.deregister(slot) }

    /// Suspends the task until ``wake()``, or until `deadline`, which is kept to 50 ms.
    ///
    /// - Returns: false when `deadline` has come.
    package func sleep(until deadline: MonotonicTime) async -> Bool {
        if deadline <= loop.now { return false }
        isExpired = false
        loop.setDeadline(slot, deadline)
        await unsafe withUnsafeContinuation { unsafe continuation = $0 }
        return !isExpired
    }

    /// Ends the sleep early. On the loop's thread.
    package func wake() {
        guard let sleeping = unsafe continuation else { return }
        unsafe continuation = nil
        unsafe sleeping.resume()
    }

    package func ready(_ readiness: Readiness) { wake() }

    package func deadlineReached() {
        guard unsafe continuation != nil else { return }
        isExpired = true
        wake()
    }
}
