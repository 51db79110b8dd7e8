import PingoraCore
import PingoraHTTP

/// Sending the request, to one upstream server after another, until one answers.
extension RequestFlow {
    /// Tries until the head of a final response is there, or no further try is allowed.
    func awaitResponse(_ context: inout Logic.Context) async throws {
        while true {
            do {
                hasSentRequest = false
                try requireTime(.connecting)
                session.tries += 1
                let peer = try await logic.upstreamPeer(session, &context)
                self.peer = peer
                session.upstreamAddress = peer.address
                attemptSince = client.loop.now
                if upstreamFromPool(peer) == nil { try await connect(to: peer, &context) }
                if uses(.connectedToUpstream) {
                    try await logic.connectedToUpstream(
                        session, peer, isReused: session.isUpstreamReused, &context)
                }
                beginUpstreamRequest()
                if uses(.upstreamRequestFilter) {
                    try await logic.upstreamRequestFilter(session, &upstreamRequest, &context)
                }
                try writeRequestHead()
                return try await awaitResponseHead(&context)
            } catch {
                try endTry(ProxyError(error, in: .filtering), &context)
            }
        }
    }

    /// Ends the exchange where it has taken all the time that it may.
    func requireTime(_ phase: ProxyError.Phase) throws(ProxyError) {
        guard session.isOutOfTime else { return }
        throw ProxyError(.upstream, phase, .outOfTime)
    }

    /// Takes an idle connection to `peer`; nil if there is none.
    private func upstreamFromPool(_ peer: HTTPPeer) -> Connection? {
        upstream = pools.take(peer.reuseKey, on: client.loop)
        upstream?.taskOwner = client
        session.isUpstreamReused = upstream != nil
        return upstream
    }

    private func connect(
        to peer: HTTPPeer, _ context: inout Logic.Context
    ) async throws(ProxyError) {
        let loop = client.loop
        let deadline = min(
            loop.now.advanced(by: peer.timeouts.connect), attemptDeadline, session.totalDeadline)
        do {
            let connection = try await Connector.connect(
                to: peer.address, from: peer.source, on: loop, owner: client, deadline: deadline)
            if let layer = peer.layer {
                try await secure(connection, by: layer, until: deadline)
            }
            upstream = connection
        } catch {
            // Nothing is said about the server, and there is no time for another one.
            let failure = RequestFlow.failure(toConnect: error)
            try requireTime(failure.phase)
            throw logic.failToConnect(session, peer, failure, &context)
        }
    }

    private func secure(
        _ connection: Connection, by layer: any TransportLayer, until deadline: MonotonicTime
    ) async throws(TransportError) {
        do {
            try await layer.secure(connection, until: deadline)
        } catch {
            connection.close()
            throw error
        }
    }

    private static func failure(toConnect error: any Error) -> ProxyError {
        switch error {
        case ConnectError.timedOut: ProxyError(.upstream, .connecting, .timedOut)
        case ConnectError.failed(let error): ProxyError(.upstream, .connecting, .system(error))
        case TransportError.timedOut: ProxyError(.upstream, .securing, .timedOut)
        default: ProxyError(.upstream, .securing, .insecure("\(error)"))
        }
    }

    /// By when the head of the response has to be there.
    var attemptDeadline: MonotonicTime {
        guard let limit = peer?.timeouts.attempt else { return .never }
        return attemptSince.advanced(by: limit)
    }

    /// A fresh copy of the client's request, without what concerns the client's connection only.
    private func beginUpstreamRequest() {
        RequestFlow.copy(&session.request, to: &upstreamRequest)
        HopByHopFields.remove(from: &upstreamRequest.fields)
        upstreamRequest.useOriginForm()
        if upstreamRequest.method == .options {
            // It was looked at when the request came.
            try? MaxForwards.countHop(in: &upstreamRequest.fields)
        }
        if case .requested = upgrade {
            HopByHopFields.copyUpgrade(from: session.request.fields, to: &upstreamRequest.fields)
        }
    }

    /// `inout`, since a property of an object that is borrowed would be copied first.
    private static func copy(_ original: inout RequestHead, to copy: inout RequestHead) {
        copy.copy(from: original)
    }

    /// Puts the head into the connection's output; it leaves with the first bytes of the body.
    private func writeRequestHead() throws(ProxyError) {
        guard let upstream else { return }
        if !upstreamRequest.fields.contains(.host) {
            // HTTP/1.0 knows no Host, which an HTTP/1.1 server must have (RFC 9112 §3.2).
            upstreamRequest.fields.append(.host, peer?.hostField ?? "localhost")
        }
        let framing = OutgoingFraming.request(&upstreamRequest, incoming: session.traits.framing)
        upload.begin(
            session.traits.framing, as: framing, isFiltered: uses(.requestBodyFilter),
            maximumBytes: session.options.maximumBodyBytes ?? .max)
        do {
            try upstream.write(&upstreamRequest)
        } catch {
            throw ProxyError(.internal, .sendingRequest, .other(error))
        }
    }

    /// Lets the user's proxy look at the error, and gives the connection up.
    ///
    /// - Throws: the error where no other try is allowed.
    private func endTry(
        _ error: ProxyError, _ context: inout Logic.Context
    ) throws(ProxyError) {
        var error = error
        if let peer, upstream != nil {
            error = logic.errorWhileProxy(
                session, peer, error, isReused: session.isUpstreamReused, &context)
        }
        finishUpstream(isClean: false)
        let failure = RetryPolicy.Failure(
            retry: error.retry, tries: session.tries,
            maximumTries: session.options.maximumTries, isReused: session.isUpstreamReused,
            method: session.request.method, hasSentRequest: hasSentRequest,
            hasTakenBody: upload.hasTakenAny, hasResponded: hasResponded)
        guard RetryPolicy.allowsRetry(failure) else { throw error }
        guard session.memory.retries.spend(at: client.loop.now) else {
            log.limited.warning("retries_used_up", ("upstream", session.upstreamText))
            throw error
        }
        log.limited.warning(
            "upstream_retry", ("upstream", session.upstreamText), ("try", session.tries),
            ("error", error))
    }

    /// Ends the try: keeps the connection where it is clean, closes it otherwise.
    func finishUpstream(isClean: Bool) {
        guard let upstream else { return }
        self.upstream = nil
        upstream.taskOwner = nil
        guard isClean, responseTraits.isPersistent, download.isDone, upload.isDone,
            upstream.input.isEmpty, case .none = upgrade, let peer, peer.timeouts.idle.isPositive
        else { return upstream.close() }
        let deadline = upstream.loop.now.advanced(by: peer.timeouts.idle)
        pools.give(upstream, key: peer.reuseKey, until: deadline)
    }
}
