import PingoraCore
import PingoraHTTP

/// Reading requests from the client.
extension Session {
    /// What waiting for a request came to.
    enum Arrival {
        /// A whole head; `request` and `requestFraming` hold it.
        case request
        /// The client has ended the connection, or was idle for too long.
        case end
        /// Nothing has come for a while: the connection can wait without a task.
        case idle
    }

    /// Waits for a request head.
    ///
    /// - Throws: `ProxyError` where the client must be told what is wrong with its request.
    func readHead() async throws(ProxyError) -> Arrival {
        beginRequest()
        if client.input.isEmpty {
            switch await waitForFirstByte() {
            case .request: break
            case let other: return other
            }
        }
        startedAt = client.loop.now
        let deadline = startedAt.advanced(by: options.clientHeader)
        while try !parseHead() {
            if client.input.room == 0 { client.loop.buffers.enlarge(&client.input) }
            do {
                // A client that leaves in the middle of its head does not want an answer.
                if try await client.read(until: deadline) == 0 { return .end }
            } catch .timedOut {
                throw ProxyError(.downstream, .readingRequest, .timedOut)
            } catch {
                return .end
            }
        }
        return .request
    }

    /// How long a task stays with a quiet connection before it leaves it to the loop: under load
    /// the next request comes sooner, and an idle connection should cost no task.
    private static let patience = TimeLimit.seconds(1)

    private func waitForFirstByte() async -> Arrival {
        while true {
            switch client.receive() {
            case .bytes: return .request
            case .endOfStream, .failed: return .end
            case .wouldBlock:
                client.loop.buffers.reclaim(&client.input)
                let deadline = client.loop.now.advanced(by: Session.patience)
                guard await client.wait(until: deadline) else { return .idle }
            }
        }
    }

    /// Parses what has come; false if it is not a whole head yet.
    private func parseHead() throws(ProxyError) -> Bool {
        do {
            guard let count = try client.input.parse(with: &requestParser, into: &request) else {
                return false
            }
            client.input.consume(count)
            requestFraming = try BodyFraming.of(
                request.fields, version: request.version, message: .request)
        } catch {
            throw ProxyError(.downstream, .readingRequest, .malformed(error))
        }
        if case .length(let count) = requestFraming, let limit = options.maximumBodyBytes,
            count > limit
        {
            throw ProxyError(.downstream, .readingRequest, .status(.contentTooLarge))
        }
        isPersistent =
            isPersistent && Persistence.allows(request.fields, version: request.version)
        return true
    }
}
