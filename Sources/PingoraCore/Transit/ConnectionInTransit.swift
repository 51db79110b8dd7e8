/// A connection that moves to the process that takes over, or comes from the one that leaves.
package struct ConnectionInTransit: Sendable {
    /// The name of the service that it belongs to.
    package let service: String
    package let content: Content

    package enum Content: Sendable {
        case client(ClientInTransit)
        case tunnel(TunnelInTransit)
    }

    package init(service: String, _ content: Content) {
        self.service = service
        self.content = content
    }
}

/// A client connection between two requests.
package struct ClientInTransit: Sendable {
    package var end: EndInTransit
    /// Requests that have been served on it.
    package var requestCount: Int
    /// For how long it has been idle.
    package var idle: TimeLimit

    package init(end: EndInTransit, requestCount: Int, idle: TimeLimit) {
        self.end = end
        self.requestCount = requestCount
        self.idle = idle
    }
}

/// Two connections between which bytes are passed, and the request that led to it.
package struct TunnelInTransit: Sendable {
    package var client: EndInTransit
    package var server: EndInTransit
    /// Whether the client's stream has ended, and the server has been told.
    package var hasClientEnded: Bool
    /// Whether the server's stream has ended, and the client has been told.
    package var hasServerEnded: Bool
    /// The request's head, serialised.
    package var request: [UInt8]
    /// The status it was answered with.
    package var status: Int
    /// Requests on the client's connection, this one included.
    package var requestCount: Int
    /// Tries it took to reach the server.
    package var tries: Int
    /// Since the request began.
    package var elapsed: TimeLimit
    /// Bytes passed to the server so far.
    package var uploadedBytes: Int
    /// Bytes passed to the client so far.
    package var downloadedBytes: Int

    package init(
        client: EndInTransit, server: EndInTransit, request: [UInt8], status: Int
    ) {
        self.client = client
        self.server = server
        self.request = request
        self.status = status
        (hasClientEnded, hasServerEnded) = (false, false)
        (requestCount, tries) = (1, 1)
        elapsed = TimeLimit(nanoseconds: 0)
        (uploadedBytes, downloadedBytes) = (0, 0)
    }
}
