/// What a successor must know of an established tunnel to carry it on, or of a request whose answer
/// is still on its way.
///
/// Each byte string has at most ``FormatLimits/heldBytes``, each text at most
/// ``FormatLimits/textBytes`` of UTF-8, so a tunnel always fits into a message.
public struct MovingTunnel: Hashable, Sendable {
    /// The service that the client came to, by its socket's name.
    public var service: SocketName
    /// The client's address; empty where it has none.
    public var peer = ""
    /// The address of the service where the client came in; empty where it is not known.
    public var listener = ""
    /// The server's address; empty where it has none.
    public var upstream = ""
    /// The head of the request that opened the tunnel, written as it was.
    public var request: [UInt8] = []
    /// The status of the answer to it.
    public var status: UInt16 = 0
    /// Time since the request began.
    public var elapsedMilliseconds: UInt64 = 0
    /// Requests of this client, the one for the tunnel included.
    public var requestCount: UInt32 = 0
    /// Servers that were tried.
    public var tries: UInt32 = 0
    /// Bytes that went from the client to the server.
    public var uploadedBytes: UInt64 = 0
    /// Bytes that went from the server to the client.
    public var downloadedBytes: UInt64 = 0
    /// Read from the client and not used yet.
    public var clientInput: [UInt8] = []
    /// Waits to be sent to the client.
    public var clientOutput: [UInt8] = []
    /// Read from the server and not used yet.
    public var serverInput: [UInt8] = []
    /// Waits to be sent to the server.
    public var serverOutput: [UInt8] = []
    /// The client's stream has ended, and the end has been passed on to the server.
    public var clientEnded = false
    /// The server's stream has ended, and the end has been passed on to the client.
    public var serverEnded = false

    /// How far the request has come; nil for a tunnel.
    public var relay: MovingRelay?

    /// A tunnel of a client of `service` of which nothing else is known yet.
    public init(service: SocketName) {
        self.service = service
    }

    private static let known = [
        FieldTag.name, FieldTag.peer, FieldTag.clientInput, FieldTag.clientOutput,
        FieldTag.serverInput, FieldTag.serverOutput, FieldTag.requestCount, FieldTag.upstream,
        FieldTag.request, FieldTag.status, FieldTag.elapsed, FieldTag.tries, FieldTag.uploaded,
        FieldTag.downloaded, FieldTag.ended, FieldTag.relay, FieldTag.listener,
    ]

    /// Reads the message `bytes`, header included.
    init(_ bytes: [UInt8]) throws(FormatError) {
        let fields = try SingleFields(bytes, known: MovingTunnel.known)
        service = try fields.name(FieldTag.name)
        peer = try fields.text(FieldTag.peer)
        listener = try fields.text(FieldTag.listener)
        upstream = try fields.text(FieldTag.upstream)
        request = try fields.held(FieldTag.request)
        status = try fields.number(FieldTag.status, as: UInt16.self)
        elapsedMilliseconds = try fields.number(FieldTag.elapsed, as: UInt64.self)
        requestCount = try fields.number(FieldTag.requestCount, as: UInt32.self)
        tries = try fields.number(FieldTag.tries, as: UInt32.self)
        uploadedBytes = try fields.number(FieldTag.uploaded, as: UInt64.self)
        downloadedBytes = try fields.number(FieldTag.downloaded, as: UInt64.self)
        clientInput = try fields.held(FieldTag.clientInput)
        clientOutput = try fields.held(FieldTag.clientOutput)
        serverInput = try fields.held(FieldTag.serverInput)
        serverOutput = try fields.held(FieldTag.serverOutput)
        let ended = try fields.number(FieldTag.ended, as: UInt8.self)
        guard ended & ~3 == 0 else {
            throw FormatError(.badFlags(ended), at: fields.offset(of: FieldTag.ended))
        }
        clientEnded = ended & 1 != 0
        serverEnded = ended & 2 != 0
        if let range = fields.range(of: FieldTag.relay) {
            relay = try MovingRelay(bytes, at: range)
        }
    }

    func append(to payload: inout [UInt8]) {
        payload.appendCritical(FieldTag.name, service.bytes)
        payload.appendCritical(FieldTag.peer, PeerText.bytes(peer))
        payload.appendListener(listener)
        payload.appendCritical(FieldTag.upstream, PeerText.bytes(upstream))
        payload.appendCritical(FieldTag.request, request)
        payload.appendCritical(FieldTag.status, number: status)
        payload.appendCritical(FieldTag.elapsed, number: elapsedMilliseconds)
        payload.appendCritical(FieldTag.requestCount, number: requestCount)
        payload.appendCritical(FieldTag.tries, number: tries)
        payload.appendCritical(FieldTag.uploaded, number: uploadedBytes)
        payload.appendCritical(FieldTag.downloaded, number: downloadedBytes)
        payload.appendCritical(FieldTag.clientInput, clientInput)
        payload.appendCritical(FieldTag.clientOutput, clientOutput)
        payload.appendCritical(FieldTag.serverInput, serverInput)
        payload.appendCritical(FieldTag.serverOutput, serverOutput)
        let ended: UInt8 = (clientEnded ? 1 : 0) | (serverEnded ? 2 : 0)
        payload.appendCritical(FieldTag.ended, number: ended)
        if let relay { payload.appendCritical(FieldTag.relay, relay.bytes) }
    }
}
