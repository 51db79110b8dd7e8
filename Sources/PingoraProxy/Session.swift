public import PingoraCore
public import PingoraHTTP

/// One request and its response, as the callbacks of a ``ProxyHttp`` see them.
///
/// The object serves all requests of its client connection, one after the other, and then those of
/// another client; it must not be kept beyond a callback.
public final class Session {
    /// The request as the client sent it.
    public package(set) var request = RequestHead()
    /// The response as it was sent to the client; only meaningful once ``responseStatus`` is set.
    public package(set) var response = ResponseHead()
    /// The status that was sent to the client; nil before that.
    public package(set) var responseStatus: StatusCode?
    /// The client's address; nil for an unnamed Unix socket.
    public private(set) var clientAddress: SocketAddress?
    /// The upstream server of the latest try; nil if none was chosen.
    public package(set) var upstreamAddress: SocketAddress?
    /// Tries so far.
    public package(set) var tries = 0
    /// Bytes of the request body, without its framing.
    public package(set) var requestBodyBytes = 0
    /// Bytes of the response body, without its framing.
    public package(set) var responseBodyBytes = 0
    /// From the choice of the upstream server to the head of its response; nil before that.
    public package(set) var upstreamLatency: TimeLimit?
    /// Whether the client's connection is encrypted.
    public private(set) var isSecure = false
    /// Whether the upstream connection had been used before.
    public package(set) var isUpstreamReused = false

    package private(set) var client: Connection
    package let options: ProxyOptions
    /// Whether the client connection takes another request after this one.
    package var isPersistent = true
    /// What the request's head decides.
    package var traits = RequestTraits()
    package var startedAt: MonotonicTime
    /// When the whole head must be there; `never` before its first byte.
    var headDeadline = MonotonicTime.never
    /// When the whole exchange must be over; `never` without such a limit.
    private(set) var totalDeadline = MonotonicTime.never
    /// The client may still be sending a body that nobody reads.
    var mustLinger = false
    var requestParser: RequestParser
    package let memory: WorkerMemory

    init(_ client: Connection, _ options: ProxyOptions, _ memory: WorkerMemory) {
        self.client = client
        self.options = options
        self.memory = memory
        clientAddress = client.peerAddress
        isSecure = client.transport != nil
        startedAt = client.loop.now
        requestParser = RequestParser(limits: options.requestLimits)
    }

    /// Serves the requests of `client` from now on.
    func adopt(_ client: Connection) {
        let wasSecure = isSecure
        isSecure = client.transport != nil
        if isSecure || wasSecure || !client.comesFromHost(of: self.client) {
            clientHost = nil
            forwardedLines = nil
            knownDetails = nil
        }
        self.client = client
        clientAddress = client.peerAddress
        mustLinger = false
    }

    /// How long the request has been in the works, in microseconds.
    public var elapsedMicroseconds: Int {
        Int(MonotonicTime.current.nanoseconds(since: startedAt) / 1000)
    }

    /// `GET /path, Host: example.com`.
    public var summary: String {
        "\(request.method) \(request.target), Host: \(request.fields[.host] ?? "-")"
    }

    /// Calls `body` with the client's address without its port, as it stands in X-Forwarded-For.
    package func withClientHost<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result {
        let host = clientHost ?? client.peerAddress.hostBytes
        clientHost = host
        return body(host.span)
    }

    /// Made once for each host that a row of clients comes from.
    private var clientHost: [UInt8]?

    /// What the client's handshake agreed on; nil for a plain connection, and where nobody asked
    /// before the connection was closed. Strings are made the first time.
    package var transportDetails: TransportDetails? {
        if knownDetails == nil, isSecure { knownDetails = client.transport?.details }
        return knownDetails
    }

    private var knownDetails: TransportDetails?

    /// What a gateway adds to every request of this client; nil before the first.
    package var forwardedLines: ForwardedLines?

    var clientText: String { clientAddress.map { "\($0)" } ?? "unix:" }
    var upstreamText: String { upstreamAddress.map { "\($0)" } ?? "-" }

    /// The exchange has begun, here or in another process.
    func startClock(at time: MonotonicTime) {
        startedAt = time
        if let total = options.total { totalDeadline = time.advanced(by: total) }
    }

    /// What is left to say has no limit but those of its own.
    func stopClock() { totalDeadline = .never }

    /// Whether the exchange has taken all the time that it may.
    var isOutOfTime: Bool { totalDeadline <= client.loop.now }

    /// The client may still be sending what nobody will read: its connection ends after this.
    func leaveBodyUnread() {
        isPersistent = false
        mustLinger = true
    }

    func beginRequest() {
        responseStatus = nil
        upstreamAddress = nil
        upstreamLatency = nil
        tries = 0
        requestBodyBytes = 0
        responseBodyBytes = 0
        isUpstreamReused = false
        client.requestCount += 1
        isPersistent = client.requestCount < options.requestsPerConnection
        startedAt = client.loop.now
        headDeadline = .never
        requestParser.reset()
    }
}
