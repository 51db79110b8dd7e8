/// A thread for one call that blocks, so that no loop does.
package enum HelperThread {
    /// Suspends the task while `body` runs on a thread of its own, visible as `name` (at most 15
    /// bytes). The task goes on where it was.
    ///
    /// `body` must end by itself: nothing stops it.
    /// - Throws: `SystemError` where there is no room for one more thread.
    package static func run<Result: Sendable>(
        named name: String, _ body: @escaping @Sendable () -> Result
    ) async throws(SystemError) -> Result {
        let result: Swift.Result<Result, SystemError> =
            await unsafe withUnsafeContinuation { continuation in
                let code = LoopThread.startIfPossible(named: name) {
                    unsafe continuation.resume(returning: .success(body()))
                }
                guard code != 0 else { return }
                let error = SystemError(call: "pthread_create", code: code)
                unsafe continuation.resume(returning: .failure(error))
            }
        return try result.get()
    }
}
