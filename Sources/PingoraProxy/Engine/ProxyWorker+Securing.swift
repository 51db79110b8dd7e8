import PingoraCore
import PingoraHTTP

/// Clients on listeners that are secure: the handshake comes before the first request.
extension ProxyWorker {
    /// So long a client may take that has connected to a process which is about to end: what it has
    /// to say first is on its way, or it has nothing to say.
    private static var lastPatience: TimeLimit { .seconds(1) }

    /// What makes clients of `listener` secure; nil: they are plain.
    func layer(of listener: SocketAddress?) -> (any TransportLayer)? {
        guard !service.layers.isEmpty, let listener else { return nil }
        return service.layers[listener]
    }

    /// Shakes hands with a client whose first bytes have come, and then serves it.
    func secure(_ client: Connection, by layer: any TransportLayer) async {
        let limit = loop.isDraining ? ProxyWorker.lastPatience : service.options.clientHandshake
        // A silent time before the first byte counts as well.
        let deadline = min(client.keptUntil, loop.now.advanced(by: limit))
        do {
            try await layer.secure(client, until: deadline)
        } catch {
            let name = client.peerAddress.map { "\($0)" } ?? "unix:"
            log.limited.info("handshake_failed", ("client", name), ("error", error))
            guard case .plainRequest = error else { return client.close() }
            client.awaitedLayer = nil
            return await explain(to: client)
        }
        client.awaitedLayer = nil
        await converse(with: client)
    }

    /// Answers who speaks plain HTTP where it must not, as nginx does (its status 497).
    private func explain(to client: Connection) async {
        let flow = takeFlow(for: client)
        let session = flow.session
        session.beginRequest()
        session.request = RequestHead()
        session.traits = RequestTraits()
        // What the handshake took for one is gone: where the request ends is not known.
        session.leaveBodyUnread()
        try? await session.respond(
            .badRequest, fields: [(.contentType, "text/plain")],
            body: "A plain HTTP request was sent to a port that speaks HTTPS.\n")
        await session.close()
        keep(flow)
    }
}
