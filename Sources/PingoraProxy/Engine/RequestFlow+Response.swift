import PingoraCore
import PingoraHTTP

/// From the request's last byte to the response's first: while the body still goes up, the head
/// may come down.
extension RequestFlow {
    /// Sends the request and awaits the final response head. Interim responses are passed on.
    ///
    /// - Throws: `ProxyError` of the upstream server or the client, with its retryability.
    func awaitResponseHead(_ context: inout Logic.Context) async throws {
        guard let upstream else { return }
        responseParser.reset()
        responseTraits = ResponseTraits()
        noteProgress()
        while true {
            if isUploading {
                let step = try stepUpload(to: upstream)
                if step.needsFilter {
                    try await filterUpload(step, to: upstream, &context)
                    continue
                }
            }
            if upstream.output.isEmpty { hasSentRequest = true }
            if try receiveResponseHead(from: upstream) {
                guard upstreamResponse.status.isInterim else {
                    session.upstreamLatency = TimeLimit(
                        nanoseconds: client.loop.now.nanoseconds(since: attemptSince))
                    return
                }
                try await relayInterimResponse(&context)
                responseParser.reset()
                noteProgress()
                continue
            }
            if client.loop.departures != nil, depart(with: upstream) { return }
            beginWait(upstream)
            let deadline = min(
                responseDeadline(upstream), attemptDeadline, session.totalDeadline)
            guard await client.wait(until: deadline) else {
                throw responseTimeout(upstream)
            }
            endWait()
            if client.isBroken { throw ProxyError(.downstream, .awaitingResponse, .closedEarly) }
        }
    }

    private func responseDeadline(_ upstream: Connection) -> MonotonicTime {
        guard let timeouts = peer?.timeouts else { return quietSince }
        guard isUploading else { return quietSince.advanced(by: timeouts.firstByte) }
        return upload.isBlocked(by: upstream)
            ? quietSince.advanced(by: timeouts.write) : uploadDeadline
    }

    private func responseTimeout(_ upstream: Connection) -> ProxyError {
        let cause: ProxyError.Cause = session.isOutOfTime ? .outOfTime : .timedOut
        guard isUploading else { return ProxyError(.upstream, .awaitingResponse, cause) }
        let isServerSlow =
            upload.isBlocked(by: upstream) || attemptDeadline <= client.loop.now
        return ProxyError(isServerSlow ? .upstream : .downstream, .sendingRequest, cause)
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
            let count = try upstream.input.parse(
                with: &responseParser, into: &upstreamResponse, &responseTraits,
                to: session.request.method)
            guard let count else { return false }
            upstream.input.consume(count)
        } catch {
            throw ProxyError(.upstream, .awaitingResponse, .malformed(error))
        }
        if upstreamResponse.status == .switchingProtocols {
            guard case .requested = upgrade else {
                throw ProxyError(
                    .upstream, .awaitingResponse, .violation("101 that nobody asked for"))
            }
            guard HopByHopFields.grants(upstreamResponse, what: session.request) else {
                throw ProxyError(
                    .upstream, .awaitingResponse, .violation("101 to another protocol"))
            }
        }
        return true
    }

    /// Passes a 1xx response on (RFC 9110 §15.2): none to a client of HTTP/1.0, and 100 only to
    /// one that expects it.
    private func relayInterimResponse(_ context: inout Logic.Context) async throws {
        interimCount += 1
        guard interimCount <= RequestFlow.interimLimit else {
            throw ProxyError(.upstream, .awaitingResponse, .violation("too many 1xx responses"))
        }
        if uses(.upstreamResponseFilter) {
            try await logic.upstreamResponseFilter(session, &upstreamResponse, &context)
        }
        let isWanted = upstreamResponse.status != .continue_ || session.traits.expectsContinue
        guard session.request.version == .http11, isWanted else { return }
        HopByHopFields.remove(from: &upstreamResponse.fields)
        upstreamResponse.fields.remove(.contentLength)
        // This hop's version, whatever the server's is (RFC 9112 §2.3).
        upstreamResponse.version = .http11
        hasResponded = true
        swap(&session.response, &upstreamResponse)
        try session.writeResponseHead()
        try await session.flush()
    }

    /// Takes away what concerns the upstream connection only.
    func stripResponse() {
        upgrade = .none
        // There is nothing to have a length (RFC 9110 §8.6).
        if upstreamResponse.status == .noContent { upstreamResponse.fields.remove(.contentLength) }
        if session.request.method == .connect { judgeConnect() }
        guard
            upstreamResponse.status == .switchingProtocols
                || upstreamResponse.status == .upgradeRequired
        else {
            return HopByHopFields.remove(from: &upstreamResponse.fields)
        }
        // The names of the protocols are hop-by-hop; this hop grants, or wants, the same ones.
        let fields = upstreamResponse.fields
        HopByHopFields.remove(from: &upstreamResponse.fields)
        HopByHopFields.copyUpgrade(from: fields, to: &upstreamResponse.fields)
        if upstreamResponse.status == .switchingProtocols { upgrade = .switched }
    }

    /// Puts the head into the client's output; the first bytes of the body will leave with it.
    func writeResponseHead() throws(ProxyError) {
        guard session.responseStatus == nil else {
            throw ProxyError(.internal, .filtering, .violation("a filter answered already"))
        }
        let outgoing = OutgoingFraming.response(
            &upstreamResponse, incoming: responseTraits.framing, client: session.request.version)
        let isFiltered = uses(.responseBody)
        if case .switched = upgrade {
            responseTraits.isPersistent = false
            session.isPersistent = false
            download.begin(.untilClose, as: .untilClose, isFiltered: isFiltered)
        } else {
            download.begin(responseTraits.framing, as: outgoing, isFiltered: isFiltered)
        }
        if outgoing == .untilClose || !upload.isDone { session.isPersistent = false }
        swap(&session.response, &upstreamResponse)
        try session.writeResponseHead()
    }
}
