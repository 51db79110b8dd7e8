import CLinux
import Glibc

/// Starting threads by hand: loops and the log writer are not for the shared pool of Swift tasks.
package enum LoopThread {
    /// Runs `body` on a new thread, and returns when it has ended.
    package static func runToEnd(named name: String, _ body: @escaping @Sendable () -> Void) {
        let end = Semaphore()
        start(named: name) {
            body()
            end.signal()
        }
        end.wait()
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread, visible in `ps -L` as `name` (at most 15 bytes).
    package static func start(named name: String, _ body: @escaping @Sendable () -> Void) {
        let code = startIfPossible(named: name, body)
        precondition(code == 0, "pthread_create failed: \(code)")
    }

    /// Does the same where there may be no room for one more. Returns 0, or the `errno`.
    static func startIfPossible(
        named name: String, _ body: @escaping @Sendable () -> Void
    ) -> CInt {
        var thread = pthread_t()
        // SAFETY: the retained body is released by the thread that runs it.
        let named: @Sendable () -> Void = {
            unsafe name.withCString { unsafe clinux_name_thread($0) }
            body()
        }
        let context = unsafe Unmanaged.passRetained(Body(named)).toOpaque()
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context)
        guard result == 0 else {
            // SAFETY: no thread took it over.
            unsafe Unmanaged<Body>.fromOpaque(context).release()
            return result
        }
        pthread_detach(thread)
        return 0
    }
}

/// A counting semaphore (man 3 sem_wait).
@safe package final class Semaphore: @unchecked Sendable {
    // @unchecked: a sem_t is made for use by many threads.
    private let semaphore: UnsafeMutablePointer<sem_t>

    package init() {
        unsafe semaphore = .allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    package func signal() { unsafe sem_post(semaphore) }
    package func wait() { while unsafe sem_wait(semaphore) != 0 {} }

    /// Waits for at most `limit`, looked at every millisecond.
    func wait(atMost limit: TimeLimit) {
        let deadline = MonotonicTime.current.advanced(by: limit)
        while unsafe sem_trywait(semaphore) != 0, MonotonicTime.current < deadline { usleep(1000) }
    }
}
