import Glibc

/// Runs `body` in as many threads at once, each with its index, and waits for all of them.
///
/// Real threads, because a task group has no more of them than the machine has cores.
func inThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let threads = (0..<count).map { index in
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work { body(index) })
        let result = pthread_create(&thread, nil, runWork, work.toOpaque())
        precondition(result == 0, "pthread_create failed: \(result)")
        return thread
    }
    for thread in threads { pthread_join(thread, nil) }
}

private func runWork(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let pointer else { return nil }
    Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body()
    return nil
}

private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}
