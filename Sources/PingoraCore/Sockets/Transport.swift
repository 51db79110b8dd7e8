/// What stands between the bytes of a connection and its socket: TLS. Plain TCP has none.
///
/// A transport serves one connection at a time, on its loop's thread, and goes where the socket
/// goes: a pooled connection that another loop takes brings its transport along.
///
/// `readiness` is the connection's. A transport keeps it as ``Connection`` does: `.readable` and
/// `.writable` speak of the socket, and go when a system call finds it drained or full; `.held`
/// says that the transport may have something without asking the socket.
package protocol Transport: AnyObject {
    /// Receives once into `buffer`, which has room.
    ///
    /// An end of the stream that the peer did not announce (no `close_notify`) is a failure, so
    /// that nobody takes what was cut off for a whole body.
    func receive(into buffer: inout ByteBuffer, _ readiness: inout Readiness) -> TransportReceipt

    /// Sends `first` and then `second`, as far as the socket takes them, and consumes nothing.
    ///
    /// After a call that took less, the same bytes are to be offered again, at other addresses if
    /// need be: some may be encrypted already.
    /// - Returns: how many of both together are out; nil where there is no room at all.
    /// - Throws: `SystemError` when the connection has failed.
    func send(
        _ first: borrowing ByteBuffer, followedBy second: borrowing Span<UInt8>,
        _ readiness: inout Readiness
    ) throws(SystemError) -> Int?

    /// Takes in what is no application data (a session ticket, a change of keys) and says whether
    /// nothing else has come: no data, no end, no error.
    func isQuiet(_ readiness: inout Readiness) -> Bool

    /// Ends our sending side: says so to the peer, and shuts the socket down for sending. Where the
    /// socket takes nothing now, the next ``receive(into:_:)`` tries again.
    func finishSending(_ readiness: inout Readiness)

    /// Tells the peer, before the socket is closed, that nothing was cut off.
    ///
    /// - Returns: false where the socket must become writable first: call it again then.
    func sayGoodbye(_ readiness: inout Readiness) -> Bool

    /// What the handshake agreed on. Not for the hot path: it makes strings.
    var details: TransportDetails { get }
}

/// What one attempt to receive through a transport came to; as ``Connection/Received``.
package enum TransportReceipt {
    case bytes(Int)
    case wouldBlock
    case endOfStream
    case failed(SystemError)
}

/// What a handshake agreed on, for logs, headers, and the choice of a protocol.
package struct TransportDetails: Hashable, Sendable {
    /// The name that the client asked for (SNI), in lower case; nil if it named none.
    package var serverName: String?
    /// The protocol chosen by ALPN: `http/1.1`, `h2`; nil if none was.
    package var applicationProtocol: String?
    /// `TLSv1.3`, as OpenSSL spells it.
    package var version = ""
    /// `TLS_AES_128_GCM_SHA256`, as OpenSSL spells it.
    package var cipher = ""
    /// Whether an earlier session was resumed.
    package var isResumed = false
    /// The subject of the peer's certificate as RFC 2253 writes it; nil without a certificate.
    package var peerSubject: String?
    /// The SHA-256 of the peer's certificate (DER), 64 lower-case hexadecimal digits; nil without.
    package var peerFingerprint: String?

    package init() {}
}
