import PingoraCore
import PingoraHTTP

/// Sending the request, to one upstream server after another, until one answers.
extension RequestFlow {
    /// Tries until a final response head is there, or no further try is allowed.
    func awaitResponseOfUpstream(_ context: inout Logic.Context) async throws {
        while true {
            do {
                return try await attempt(&context)
            } catch {
                let error = explain(ProxyError(error, in: .filtering), &context)
                let hadSent = hasSentRequest
                finishUpstream(isClean: false)
                guard RetryPolicy.allowsRetry(failure(error, hasSent: hadSent)) else {
                    throw error
                }
                log.limited.warning(
                    "upstream_retry", ("upstream", session.upstreamText),
                    ("try", session.tries), ("error", error))
            }
        }
    }

    /// One try.
    private func attempt(_ context: inout Logic.Context) async throws {
        hasSentRequest = false
        session.tries += 1
        let peer = try await logic.upstreamPeer(session, &context)
        self.peer = peer
        session.upstreamAddress = peer.address
        let upstream: Connection
        if let pooled = takePooled(peer) {
            upstream = pooled
        } else {
            upstream = try await connect(to: peer, &context)
        }
        self.upstream = upstream
        if uses(.connectedToUpstream) {
            try await logic.connectedToUpstream(
                session, peer, isReused: session.isUpstreamReused, &context)
        }
        try await writeRequestHead(to: upstream, &context)
        try await awaitResponseHead(from: upstream, peer, &context)
    }

    private func takePooled(_ peer: HTTPPeer) -> Connection? {
        let pooled = pools.take(peer.reuseKey, on: client.loop)
        pooled?.taskOwner = client
        session.isUpstreamReused = pooled != nil
        return pooled
    }

    private func connect(
        to peer: HTTPPeer, _ context: inout Logic.Context
    ) async throws(ProxyError) -> Connection {
        let loop = client.loop
        do {
            return try await Connector.connect(
                to: peer.address, from: peer.source, on: loop, owner: client,
                deadline: loop.now.advanced(by: peer.timeouts.connect))
        } catch {
            let cause: ProxyError.Cause =
                switch error {
                case .timedOut: .timedOut
                case .failed(let error): .system(error)
                }
            let failure = ProxyError(.upstream, .connecting, cause)
            throw logic.failToConnect(session, peer, failure, &context)
        }
    }

    /// Makes the request ready for this hop and puts its head into the connection's output.
    private func writeRequestHead(
        to upstream: Connection, _ context: inout Logic.Context
    ) async throws {
        // Moved out and back: a filter may look at the session while it changes the head.
        var request = RequestHead()
        swap(&request, &upstreamRequest)
        defer { swap(&request, &upstreamRequest) }
        request.copy(from: session.request)
        HopByHopFields.remove(from: &request.fields)
        if case .requested = upgrade {
            HopByHopFields.copyUpgrade(from: session.request.fields, to: &request.fields)
        }
        if uses(.upstreamRequestFilter) {
            try await logic.upstreamRequestFilter(session, &request, &context)
        }
        let framing = OutgoingFraming.request(&request, incoming: session.requestFraming)
        upload.begin(
            session.requestFraming, as: framing, isFiltered: uses(.requestBodyFilter),
            maximumBytes: session.options.maximumBodyBytes ?? .max)
        upstream.loop.buffers.provide(&upstream.output)
        if request.serializedByteCount > upstream.output.room {
            upstream.loop.buffers.enlarge(&upstream.output)
        }
        try upstream.output.append(head: request)
    }

    /// Lets the user's proxy look at an error that came after the connection stood.
    private func explain(_ error: ProxyError, _ context: inout Logic.Context) -> ProxyError {
        guard let peer, upstream != nil else { return error }
        return logic.errorWhileProxy(
            session, peer, error, isReused: session.isUpstreamReused, &context)
    }

    private func failure(_ error: ProxyError, hasSent: Bool) -> RetryPolicy.Failure {
        RetryPolicy.Failure(
            retry: error.retry, tries: session.tries,
            maximumTries: session.options.maximumTries, isReused: session.isUpstreamReused,
            method: session.request.method, hasSentRequest: hasSent,
            hasTakenBody: upload.byteCount > 0, hasResponded: hasResponded)
    }

    /// Ends the try: keeps the connection where it is clean, closes it otherwise.
    func finishUpstream(isClean: Bool) {
        guard let upstream else { return }
        self.upstream = nil
        upstream.taskOwner = nil
        guard isClean, let peer, isUpstreamPersistent, download.isDone, upload.isDone,
            upstream.input.isEmpty, case .none = upgrade, peer.timeouts.idle.isPositive
        else { return upstream.close() }
        let deadline = upstream.loop.now.advanced(by: peer.timeouts.idle)
        pools.give(upstream, key: peer.reuseKey, until: deadline)
    }
}
