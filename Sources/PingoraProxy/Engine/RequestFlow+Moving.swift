import PingoraCore
import PingoraHTTP

/// Requests and tunnels that go on in another process.
extension RequestFlow {
    /// Sends the exchange away, if it may leave now; false where it has to go on here.
    ///
    /// A tunnel leaves at once. A request has time to end; then it leaves unless filters want to
    /// see what passes, since what they know can't move, or a line of its framing is only half
    /// here, which it won't be for long.
    func depart(with server: Connection) -> Bool {
        guard let departures = client.loop.departures, client.canLeave, server.canLeave,
            canLeave(departures),
            let relay = hasBegunTunnel ? .some(nil) : relayInTransit.map(Optional.some),
            let request = serializedRequest
        else { return false }
        departures.add {
            guard let clientEnd = client.leave(), let serverEnd = server.leave() else {
                return nil
            }
            let status = session.responseStatus.map { Int($0.code) } ?? 0
            var exchange = ExchangeInTransit(
                client: clientEnd, server: serverEnd, request: request, status: status)
            exchange.relay = relay
            (exchange.hasClientEnded, exchange.hasServerEnded) = (hasEndedUpload, hasEndedDownload)
            (exchange.requestCount, exchange.tries) = (client.requestCount, session.tries)
            exchange.elapsed = TimeLimit(
                nanoseconds: client.loop.now.nanoseconds(since: session.startedAt))
            // What a tunnel has found but not sent is found, and counted, again.
            exchange.uploadedBytes = upload.byteCount - (hasBegunTunnel ? upload.ready : 0)
            exchange.downloadedBytes = download.byteCount - (hasBegunTunnel ? download.ready : 0)
            return ConnectionInTransit(service: session.memory.service, .exchange(exchange))
        }
        upstream = nil
        hasDeparted = true
        return true
    }

    private func canLeave(_ departures: Departures) -> Bool {
        // What Connection listed is known here only.
        guard uploadFailure == nil, responseTraits.listedTrailers == nil else { return false }
        // The process that it comes from knew that no filter wants to see what passes.
        if isResumed { return hasBegunTunnel || departures.includesRequests }
        guard !uses(.requestBodyFilter), !uses(.responseBody) else { return false }
        if hasBegunTunnel { return true }
        return departures.includesRequests && !uses(.upstreamResponseFilter)
            && !uses(.responseFilter)
    }

    private var relayInTransit: RelayInTransit? {
        guard let upload = upload.place, let download = download.place, let peer else { return nil }
        var relay = RelayInTransit()
        relay.hasResponse = session.responseStatus != nil
        relay.isPersistent = session.isPersistent
        relay.mustLinger = session.mustLinger
        relay.upload = BodyInTransit(upload)
        relay.download = BodyInTransit(download)
        relay.firstByte = peer.timeouts.firstByte
        relay.read = peer.timeouts.read
        relay.write = peer.timeouts.write
        return relay
    }

    /// The head as it would be sent; nil if it can't be, which a parsed one always can.
    private var serializedRequest: [UInt8]? {
        let loop = client.loop
        var buffer = ByteBuffer()
        loop.buffers.enlarge(&buffer)
        defer { loop.buffers.reclaim(&buffer) }
        guard (try? buffer.append(session.request)) != nil else { return nil }
        return buffer.copy
    }

    /// Goes on with an exchange that another process began, and logs it when it ends.
    func resume(_ exchange: ExchangeInTransit, to server: Connection) async {
        var context = logic.makeContext()
        var failure: ProxyError?
        do {
            try restore(exchange, to: server)
            if let relay = exchange.relay, !relay.hasResponse {
                try await awaitResponseHead(&context)
                guard !hasDeparted else { return }
                // As in run(): one function for both would cost each request a frame.
                if uses(.upstreamResponseFilter) {
                    try await logic.upstreamResponseFilter(session, &upstreamResponse, &context)
                }
                stripResponse()
                if uses(.responseFilter) {
                    try await logic.responseFilter(session, &upstreamResponse, &context)
                }
                try writeResponseHead()
            }
            try await relayBodies(&context)
        } catch {
            failure = await fail(ProxyError(error, in: .relaying), &context)
        }
        guard !hasDeparted else { return }
        finishUpstream(isClean: failure == nil)
        if uses(.logging) { await logic.logging(session, failure, &context) }
    }

    private func restore(
        _ exchange: ExchangeInTransit, to server: Connection
    ) throws(ProxyError) {
        session.beginRequest()
        upstream = server
        do {
            try session.resume(exchange)
        } catch {
            // Only a smaller limit on heads than the other process had leads here.
            session.traits = RequestTraits()
            begin()
            upstream = server
            throw ProxyError(.downstream, .readingRequest, .malformed(error))
        }
        begin()
        isResumed = true
        upstream = server
        hasSentRequest = true
        responseTraits = ResponseTraits()
        (hasEndedUpload, hasEndedDownload) = (exchange.hasClientEnded, exchange.hasServerEnded)
        if let relay = exchange.relay {
            try restore(relay, exchange, server)
        } else {
            restoreTunnel(exchange)
        }
    }

    private func restoreTunnel(_ exchange: ExchangeInTransit) {
        upgrade = .switched
        (hasBegunTunnel, hasResponded) = (true, true)
        session.isPersistent = false
        let (up, down): (BodyFraming, BodyFraming) = (
            hasEndedUpload ? .none : .untilClose, hasEndedDownload ? .none : .untilClose
        )
        upload.begin(up, as: up, isFiltered: false, byteCount: exchange.uploadedBytes)
        download.begin(down, as: down, isFiltered: false, byteCount: exchange.downloadedBytes)
    }

    private func restore(
        _ relay: RelayInTransit, _ exchange: ExchangeInTransit, _ server: Connection
    ) throws(ProxyError) {
        guard let address = server.peerAddress, relay.upload.ready <= client.input.count,
            relay.download.ready <= server.input.count
        else { throw ProxyError(.internal, .relaying, .violation("a request came in pieces")) }
        // It is not pooled: nobody here knows what made its key.
        peer = HTTPPeer(
            address,
            timeouts: HTTPPeer.Timeouts(
                firstByte: relay.firstByte, read: relay.read, write: relay.write,
                idle: .seconds(0)))
        session.isPersistent = relay.isPersistent
        session.mustLinger = relay.mustLinger
        if relay.hasResponse {
            hasResponded = true
            upgrade = session.opensTunnel ? .switched : .none
        }
        upload.resume(
            relay.upload, byteCount: exchange.uploadedBytes,
            maximumBytes: session.options.maximumBodyBytes ?? .max)
        download.resume(
            relay.download, byteCount: exchange.downloadedBytes, maximumBytes: .max)
    }
}

extension Session {
    /// What is known of a request that another process began.
    fileprivate func resume(_ exchange: ExchangeInTransit) throws(ParseError) {
        client.requestCount = exchange.requestCount
        startClock(at: client.loop.now.before(exchange.elapsed))
        tries = exchange.tries
        upstreamAddress = exchange.server.peer
        requestBodyBytes = exchange.uploadedBytes
        responseBodyBytes = exchange.downloadedBytes
        // First, so that nothing of ours is sent into a response whose request is refused here.
        if let status = StatusCode(exchange.status) {
            response = ResponseHead(status: status)
            responseStatus = status
        }
        var parser = RequestParser(limits: options.requestLimits)
        _ = try parser.parse(exchange.request.span, into: &request)
        traits = try RequestTraits(request)
    }
}
