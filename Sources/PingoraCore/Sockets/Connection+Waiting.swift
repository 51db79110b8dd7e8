/// Why a wait on a connection ended without its result.
package enum ConnectionError: Error {
    case timedOut
    case failed(SystemError)
}

/// Reading and writing that waits, for the parts of an exchange where only one thing can happen.
extension Connection {
    /// Receives at least one byte into `input`.
    ///
    /// - Returns: the count; 0 at the end of the stream.
    /// - Throws: `ConnectionError` when `deadline` comes first, or the connection fails.
    package func read(until deadline: MonotonicTime) async throws(ConnectionError) -> Int {
        while true {
            switch receive() {
            case .bytes(let count): return count
            case .endOfStream: return 0
            case .failed(let error): throw .failed(error)
            case .wouldBlock:
                // Nothing came yet: a connection that waits for its first byte holds no buffer.
                if input.isEmpty { loop.buffers.reclaim(&input) }
                guard await waitOnTask(until: deadline) else { throw .timedOut }
            }
        }
    }

    /// Sends all of `output`.
    ///
    /// - Throws: `ConnectionError` when `deadline` comes first, or the connection fails.
    package func flush(until deadline: MonotonicTime) async throws(ConnectionError) {
        while true {
            switch send(followedBy: Span()) {
            case .bytes: return
            case .failed(let error): throw .failed(error)
            case .wouldBlock:
                guard await waitOnTask(until: deadline) else { throw .timedOut }
            }
        }
    }

    /// Suspends the task that serves this connection.
    package func waitOnTask(until deadline: MonotonicTime) async -> Bool {
        await (taskOwner ?? self).wait(until: deadline)
    }
}
