/// Makes connections secure: what a listener or the peers of an upstream have in common. The TLS
/// module implements it; the engine knows only this.
package protocol TransportLayer: AnyObject, Sendable {
    /// Tells apart layers whose connections can't stand in for each other, in the key of the pool.
    /// Equal for layers made of equal options and equal files. Never 0, which is plain TCP.
    var identity: UInt64 { get }

    /// Runs the handshake on the connection's task, and gives the connection its transport.
    ///
    /// Server and client side differ in the layer, not in the call. After an error the connection
    /// is to be closed; a peer that can be told why has been told (an alert).
    /// - Throws: `TransportError`, at the latest when `deadline` has come.
    func secure(
        _ connection: Connection, until deadline: MonotonicTime
    ) async throws(TransportError)
}

/// Why a connection could not be made secure.
package enum TransportError: Error, Hashable, Sendable, CustomStringConvertible {
    case timedOut
    /// The socket failed.
    case system(SystemError)
    /// The peer ended the connection in the middle of the handshake.
    case closed
    /// The client sent an HTTP request as it is, and can be answered so: nothing else was said.
    case plainRequest
    /// The peer's certificate is not what was asked for: `wrong host name`, `expired`.
    case untrusted(String)
    /// Anything else that ended the handshake, as the TLS library puts it.
    case failed(String)
    /// Too many handshakes are under way.
    case overloaded(limit: Int)

    package var description: String {
        switch self {
        case .timedOut: "TLS handshake timed out"
        case .system(let error): "TLS handshake failed: \(error)"
        case .closed: "TLS handshake failed: the peer closed the connection"
        case .plainRequest: "TLS handshake failed: a plain HTTP request"
        case .untrusted(let reason): "certificate not accepted: \(reason)"
        case .failed(let reason): "TLS handshake failed: \(reason)"
        case .overloaded(let limit): "more than \(limit) TLS handshakes at once"
        }
    }
}
