import PingoraCore
import PingoraHTTP

/// Tunnels that go on in another process.
extension RequestFlow {
    /// Sends the tunnel away; false where it has to end here: while its request is still on its
    /// way, or because filters want to see what passes, and what they know can't move.
    func depart(with server: Connection) -> Bool {
        guard hasBegunTunnel, !uses(.requestBodyFilter), !uses(.responseBody),
            let departures = client.loop.departures, let request = serializedRequest
        else { return false }
        departures.add {
            guard let clientEnd = client.leave(), let serverEnd = server.leave() else {
                return nil
            }
            var tunnel = TunnelInTransit(
                client: clientEnd, server: serverEnd, request: request,
                status: Int(session.response.status.code))
            (tunnel.hasClientEnded, tunnel.hasServerEnded) = (hasEndedUpload, hasEndedDownload)
            (tunnel.requestCount, tunnel.tries) = (client.requestCount, session.tries)
            tunnel.elapsed = TimeLimit(
                nanoseconds: client.loop.now.nanoseconds(since: session.startedAt))
            tunnel.uploadedBytes = upload.byteCount
            tunnel.downloadedBytes = download.byteCount
            return ConnectionInTransit(service: session.memory.service, .tunnel(tunnel))
        }
        upstream = nil
        hasDeparted = true
        return true
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

    /// Goes on with a tunnel that another process began, and logs it when it ends.
    func resume(_ tunnel: TunnelInTransit, to server: Connection) async {
        var context = logic.makeContext()
        var failure: ProxyError?
        do {
            try restore(tunnel, to: server)
            try await relayBodies(&context)
        } catch {
            failure = await fail(ProxyError(error, in: .relaying), &context)
        }
        guard !hasDeparted else { return }
        finishUpstream(isClean: false)
        if uses(.logging) { await logic.logging(session, failure, &context) }
        await session.close()
    }

    private func restore(
        _ tunnel: TunnelInTransit, to server: Connection
    ) throws(ProxyError) {
        session.beginRequest()
        begin()
        upstream = server
        session.resume(tunnel)
        do {
            var parser = RequestParser(limits: session.options.requestLimits)
            _ = try parser.parse(tunnel.request.span, into: &session.request)
        } catch {
            // Only a smaller limit on heads than the other process had leads here.
            throw ProxyError(.downstream, .readingRequest, .malformed(error))
        }
        upgrade = .switched
        responseTraits = ResponseTraits()
        responseTraits.isPersistent = false
        (hasBegunTunnel, hasResponded) = (true, true)
        (hasEndedUpload, hasEndedDownload) = (tunnel.hasClientEnded, tunnel.hasServerEnded)
        let (up, down): (BodyFraming, BodyFraming) = (
            hasEndedUpload ? .none : .untilClose, hasEndedDownload ? .none : .untilClose
        )
        upload.begin(up, as: up, isFiltered: false, byteCount: tunnel.uploadedBytes)
        download.begin(down, as: down, isFiltered: false, byteCount: tunnel.downloadedBytes)
    }
}

extension Session {
    /// What is known of a request that another process began.
    fileprivate func resume(_ tunnel: TunnelInTransit) {
        client.requestCount = tunnel.requestCount
        startedAt = client.loop.now.before(tunnel.elapsed)
        isPersistent = false
        tries = tunnel.tries
        upstreamAddress = tunnel.server.peer
        requestBodyBytes = tunnel.uploadedBytes
        responseBodyBytes = tunnel.downloadedBytes
        response = ResponseHead(status: StatusCode(tunnel.status) ?? .switchingProtocols)
        responseStatus = response.status
    }
}
