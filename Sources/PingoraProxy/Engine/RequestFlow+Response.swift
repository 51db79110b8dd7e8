import PingoraCore
import PingoraHTTP

/// From the request's last byte to the response's first: while the body still goes up, the head
/// may come down.
extension RequestFlow {
    /// Sends the request and awaits the final response head. Interim responses are passed on.
    ///
    /// - Throws: `ProxyError` of the upstream server or the client, with its retryability.
    func awaitResponseHead(
        from upstream: Connection, _ peer: HTTPPeer, _ context: inout Logic.Context
    ) async throws {
        responseParser.reset()
        isUpstreamPersistent = false
        while true {
            let hasMoved = upload.isDone ? false : try await pumpUpload(&context)
            if upstream.output.isEmpty { hasSentRequest = true }
            if try receiveResponseHead(from: upstream) {
                guard upstreamResponse.status.isInterim else { return }
                try await relayInterimResponse(&context)
                responseParser.reset()
                continue
            }
            if hasMoved { continue }
            try await waitForUpstream(upstream, peer)
        }
    }

    private func waitForUpstream(_ upstream: Connection, _ peer: HTTPPeer) async throws(ProxyError)
    {
        let isUploading = !upload.isDone && uploadFailure == nil
        let waitsForServer = !isUploading || upload.isBlocked(by: upstream)
        let limit =
            !isUploading
            ? peer.timeouts.firstByte
            : waitsForServer ? peer.timeouts.write : session.options.clientBody
        guard await client.wait(until: client.loop.now.advanced(by: limit)) else {
            throw ProxyError(
                waitsForServer ? .upstream : .downstream,
                isUploading ? .sendingRequest : .awaitingResponse, .timedOut)
        }
        if client.isBroken {
            throw ProxyError(.downstream, .awaitingResponse, .closedEarly)
        }
    }

    /// Receives and parses; true once a whole head is in `upstreamResponse`.
    private func receiveResponseHead(from upstream: Connection) throws(ProxyError) -> Bool {
        while true {
            if !upstream.input.isEmpty, try parseResponseHead(upstream) { return true }
            if upstream.input.capacity > 0, upstream.input.room == 0 {
                upstream.loop.buffers.enlarge(&upstream.input)
            }
            switch upstream.receive() {
            case .bytes: continue
            case .wouldBlock: return false
            case .endOfStream: throw lost(.closedEarly, upstream)
            case .failed(let error): throw lost(.system(error), upstream)
            }
        }
    }

    /// The server ended the connection before it answered. Where it had been idle in the pool it
    /// most likely closed it before it saw the request.
    private func lost(_ cause: ProxyError.Cause, _ upstream: Connection) -> ProxyError {
        if let uploadFailure { return uploadFailure }
        let isSilent = upstream.input.isEmpty
        return ProxyError(
            .upstream, .awaitingResponse, cause, retry: isSilent ? .ifReused : .never)
    }

    private func parseResponseHead(_ upstream: Connection) throws(ProxyError) -> Bool {
        do {
            guard
                let count = try upstream.input.parse(
                    with: &responseParser, into: &upstreamResponse)
            else { return false }
            upstream.input.consume(count)
            let status = upstreamResponse.status
            if status == .switchingProtocols {
                guard case .requested = upgrade else {
                    throw ProxyError(
                        .upstream, .awaitingResponse, .violation("101 that nobody asked for"))
                }
                return true
            }
            if status.isInformational { return true }
            responseFraming = try BodyFraming.of(
                upstreamResponse.fields, version: upstreamResponse.version,
                message: .response(status: status, requestMethod: session.request.method))
            isUpstreamPersistent = Persistence.allows(
                upstreamResponse.fields, version: upstreamResponse.version)
            return true
        } catch let error as ParseError {
            throw ProxyError(.upstream, .awaitingResponse, .malformed(error))
        } catch let error as ProxyError {
            throw error
        } catch {
            throw ProxyError(.upstream, .awaitingResponse, .other(error))
        }
    }

    /// Passes a 1xx response on (RFC 9110 §15.2), except to clients of HTTP/1.0.
    private func relayInterimResponse(_ context: inout Logic.Context) async throws {
        interimCount += 1
        guard interimCount <= interimLimit else {
            throw ProxyError(.upstream, .awaitingResponse, .violation("too many 1xx responses"))
        }
        try await logic.upstreamResponseFilter(session, &upstreamResponse, &context)
        guard session.request.version == .http11 else { return }
        swap(&session.response, &upstreamResponse)
        HopByHopFields.remove(from: &session.response.fields)
        hasResponded = true
        try session.writeResponseHead()
        let deadline = client.loop.now.advanced(by: session.options.clientWrite)
        do {
            try await client.flush(until: deadline)
        } catch {
            throw ProxyError(.downstream, .sendingResponse, waiting: error)
        }
    }

    /// Runs the response filters and puts the head into the client's output; the first bytes of
    /// the body will leave with it.
    func sendResponseHead(_ context: inout Logic.Context) async throws {
        // Moved out and back: a filter may look at the session while it changes the head.
        var response = ResponseHead()
        swap(&response, &upstreamResponse)
        defer { swap(&response, &upstreamResponse) }
        let isSwitch = response.status == .switchingProtocols
        let upgradeFields = isSwitch ? response.fields : nil
        if uses(.upstreamResponseFilter) {
            try await logic.upstreamResponseFilter(session, &response, &context)
        }
        HopByHopFields.remove(from: &response.fields)
        if let upgradeFields {
            HopByHopFields.copyUpgrade(from: upgradeFields, to: &response.fields)
            upgrade = .switched
        } else {
            upgrade = .none
        }
        if uses(.responseFilter) {
            try await logic.responseFilter(session, &response, &context)
        }
        let outgoing = OutgoingFraming.response(
            &response, incoming: responseFraming, client: session.request.version)
        download.begin(responseFraming, as: outgoing, isFiltered: uses(.responseBody))
        if isSwitch { beginTunnel() }
        if outgoing == .untilClose || isSwitch || !upload.isDone { session.isPersistent = false }
        swap(&session.response, &response)
        try session.writeResponseHead()
    }

    /// Both directions become streams of bytes that end with their connections.
    private func beginTunnel() {
        isUpstreamPersistent = false
        download.begin(.untilClose, as: .untilClose, isFiltered: uses(.responseBody))
        guard upload.isDone else { return }
        upload.begin(.untilClose, as: .untilClose, isFiltered: uses(.requestBodyFilter))
    }
}
