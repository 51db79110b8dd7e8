import Glibc
import Synchronization

/// A real thread that computes one value, since both sides of a conversation block.
final class BackgroundThread<Value: Sendable>: Sendable {
    private let result = Result<Value>()
    private let thread: pthread_t

    init(_ body: @escaping @Sendable () -> Value) {
        let result = self.result
        var thread = pthread_t()
        let work = Unmanaged.passRetained(
            Work {
                let value = body()
                result.value.withLock { $0 = value }
            })
        let code = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        precondition(code == 0, "pthread_create failed: \(code)")
        self.thread = thread
    }

    /// Waits for the thread. Call it once.
    func value() -> Value {
        pthread_join(thread, nil)
        guard let value = result.value.withLock({ $0 }) else {
            preconditionFailure("a thread that ended without its value")
        }
        return value
    }
}

private final class Result<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}

private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}
