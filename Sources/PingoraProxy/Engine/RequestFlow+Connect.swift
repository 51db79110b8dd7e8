import PingoraCore
import PingoraHTTP

/// CONNECT (RFC 9110 §9.3.6): it goes on to the server that the proxy chooses, and a 2xx of that
/// server opens a tunnel (docs/decisions/0013-connect-goes-to-the-next-proxy.md).
extension RequestFlow {
    /// Refuses CONNECT unless the listener of the client allows it, for the port that it names.
    func admitConnect() throws(ProxyError) {
        // What a client sends behind it is a tunnel's, or nobody's: never a request (RFC 9931).
        session.leaveBodyUnread()
        let ports = client.listener.flatMap { session.options.connectPorts[$0] } ?? []
        guard !ports.isEmpty else {
            throw ProxyError(.downstream, .readingRequest, .status(.methodNotAllowed))
        }
        // A body would be read as the beginning of the tunnel by who takes it for none.
        guard session.traits.framing == .none else {
            throw ProxyError(.downstream, .readingRequest, .status(.badRequest))
        }
        guard let port = session.request.connectPort, ports.contains(port) else {
            throw ProxyError(.downstream, .readingRequest, .status(.forbidden))
        }
    }

    /// The server has answered CONNECT: with a 2xx it agrees, and its head has no length.
    func judgeConnect() {
        // A proxy that refuses has to close its connection as well; the pool might be faster.
        responseTraits.isPersistent = false
        guard upstreamResponse.status.isSuccessful else { return }
        upstreamResponse.fields.remove(.contentLength)
        session.mustLinger = false
        upgrade = .switched
    }
}

extension Session {
    /// Whether what follows the response is a tunnel.
    var opensTunnel: Bool {
        response.status == .switchingProtocols
            || request.method == .connect && response.status.isSuccessful
    }
}
