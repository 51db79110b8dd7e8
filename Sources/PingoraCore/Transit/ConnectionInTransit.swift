/// A connection that moves to the process that takes over, or comes from the one that leaves.
package struct ConnectionInTransit: Sendable {
    /// The name of the service that it belongs to.
    package let service: String
    package let content: Content

    package enum Content: Sendable {
        case client(ClientInTransit)
        case exchange(ExchangeInTransit)
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

/// Two connections between which bytes are passed, and the request that led to it: a tunnel, or a
/// request whose answer is still on its way.
package struct ExchangeInTransit: Sendable {
    package var client: EndInTransit
    package var server: EndInTransit
    /// Whether the client's stream has ended, and the server has been told.
    package var hasClientEnded: Bool
    /// Whether the server's stream has ended, and the client has been told.
    package var hasServerEnded: Bool
    /// The request's head, serialised.
    package var request: [UInt8]
    /// The status it was answered with; 0 while there is no answer.
    package var status: Int
    /// How far the request has come; nil for a tunnel.
    package var relay: RelayInTransit?
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

/// How far a request has come whose answer is still on its way.
package struct RelayInTransit: Sendable {
    /// Whether the response's head is with the client, or in what waits to be sent there.
    package var hasResponse = false
    /// Whether the client's connection takes another request afterwards.
    package var isPersistent = false
    /// The client may still send a body that nobody reads.
    package var mustLinger = false
    package var upload = BodyInTransit()
    package var download = BodyInTransit()
    /// How long the server may take to begin its response.
    package var firstByte = TimeLimit.seconds(0)
    /// How long the server may be silent in its response.
    package var read = TimeLimit.seconds(0)
    /// How long the server may take nothing of the request.
    package var write = TimeLimit.seconds(0)

    package init() {}
}

/// How far a body has come on its way from one connection to the other.
package struct BodyInTransit: Sendable {
    /// Where it comes from.
    package var reading = BodyPlace(.end)
    /// Where it goes.
    package var writing = BodyPlace(.end)
    /// Of the bytes that were read, so many are framed already.
    package var ready = 0

    /// A body of which nothing is left.
    package init() {}

    package init(_ place: (reading: BodyPlace, writing: BodyPlace, ready: Int)) {
        (reading, writing, ready) = place
    }
}
