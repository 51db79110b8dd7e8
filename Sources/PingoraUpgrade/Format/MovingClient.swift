/// What a successor must know of a client between two requests to serve it on.
public struct MovingClient: Hashable, Sendable {
    /// The service that the client came to, by its socket's name.
    public var service: SocketName
    /// The client's address, at most ``FormatLimits/textBytes`` of UTF-8; empty where it has none
    /// (an unnamed Unix socket).
    public var peer = ""
    /// The address of the service where the client came in; empty where it is not known.
    public var listener = ""
    /// Read from the client and not used yet, at most ``FormatLimits/heldBytes``.
    public var input: [UInt8] = []
    /// Requests that were answered on this connection.
    public var requestCount: UInt32 = 0
    /// For how long the client has been idle.
    public var idleMilliseconds: UInt32 = 0

    /// A client of `service` of which nothing else is known yet.
    public init(service: SocketName) {
        self.service = service
    }

    /// Reads the message `bytes`, header included.
    init(_ bytes: [UInt8]) throws(FormatError) {
        let fields = try SingleFields(
            bytes,
            known: [
                FieldTag.name, FieldTag.peer, FieldTag.clientInput, FieldTag.requestCount,
                FieldTag.idle, FieldTag.listener,
            ])
        service = try fields.name(FieldTag.name)
        peer = try fields.text(FieldTag.peer)
        listener = try fields.text(FieldTag.listener)
        input = try fields.held(FieldTag.clientInput)
        requestCount = try fields.number(FieldTag.requestCount, as: UInt32.self)
        idleMilliseconds = try fields.number(FieldTag.idle, as: UInt32.self)
    }

    func append(to payload: inout [UInt8]) {
        payload.appendCritical(FieldTag.name, service.bytes)
        payload.appendCritical(FieldTag.peer, PeerText.bytes(peer))
        payload.appendListener(listener)
        payload.appendCritical(FieldTag.clientInput, input)
        payload.appendCritical(FieldTag.requestCount, number: requestCount)
        payload.appendCritical(FieldTag.idle, number: idleMilliseconds)
    }
}
