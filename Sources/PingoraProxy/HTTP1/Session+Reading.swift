import PingoraCore
import PingoraHTTP

/// Reading requests from the client.
extension Session {
    /// How far a request head has come.
    enum Arrival {
        /// All of it is in `request`, and what it decides in `traits`.
        case complete
        /// Wait until something comes, at the latest until then.
        case incomplete(until: MonotonicTime)
        /// The client has ended the connection.
        case end
    }

    /// How long a task stays with a quiet connection before it leaves it to the loop: under load
    /// the next request comes sooner, and an idle connection should cost no task.
    private static var patience: TimeLimit { TimeLimit(nanoseconds: 1_000_000_000) }

    /// When a client that does not begin a request has been idle for too long.
    var idleDeadline: MonotonicTime { startedAt.advanced(by: options.clientIdle) }

    /// Whether a byte of the next request has come.
    var hasBegun: Bool { !client.input.isEmpty }

    /// Receives as much of a request head as there is.
    ///
    /// - Throws: `ProxyError` where the client must be told what is wrong with its request.
    func receiveHead() throws(ProxyError) -> Arrival {
        let client = client
        while true {
            if !client.input.isEmpty {
                if headDeadline == .never {
                    startClock(at: client.loop.now)
                    headDeadline = min(
                        startedAt.advanced(by: options.clientHeader), totalDeadline)
                }
                if try parseHead(client) { return .complete }
                if client.input.room == 0 { client.loop.buffers.enlarge(&client.input) }
            }
            switch client.receive() {
            case .bytes: continue
            // A client that leaves in the middle of its head does not want an answer.
            case .endOfStream, .failed: return .end
            case .wouldBlock:
                if !client.input.isEmpty { return .incomplete(until: headDeadline) }
                client.loop.buffers.reclaim(&client.input)
                return .incomplete(
                    until: min(startedAt.advanced(by: Session.patience), idleDeadline))
            }
        }
    }

    /// Parses what has come; false if it is not a whole head yet.
    private func parseHead(_ client: Connection) throws(ProxyError) -> Bool {
        do {
            guard
                let count = try client.input.parse(
                    with: &requestParser, into: &request, &traits)
            else { return false }
            client.input.consume(count)
        } catch {
            throw ProxyError(.downstream, .readingRequest, .malformed(error))
        }
        isPersistent = isPersistent && traits.isPersistent
        if case .length(let count) = traits.framing, let limit = options.maximumBodyBytes,
            count > limit
        {
            throw ProxyError(.downstream, .readingRequest, .status(.contentTooLarge))
        }
        return true
    }
}
