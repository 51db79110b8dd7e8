/// What the head of a request decides for those who carry it, found out in one go.
public struct RequestTraits: Sendable {
    /// How the body is delimited.
    public var framing = BodyFraming.none
    /// Whether its connection may carry another request.
    public var isPersistent = false
    /// Whether it asks to change the protocol; see ``HopByHopFields/isUpgrade(_:)``.
    public var isUpgrade = false
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
    public var expectsContinue = false
    /// Whether it says whom it has passed on its way; see ``RequestLoop``.
    package var hasVia = false

    /// Traits of a request without a body on a connection that ends.
    public init() {}

    /// The traits of `head`.
    ///
    /// - Throws: `ParseError` when the length of the body is ambiguous or invalid.
    public init(_ head: borrowing RequestHead) throws(ParseError) {
        framing = try BodyFraming.of(head.fields, version: head.version, message: .request)
        isPersistent = Persistence.allows(head.fields, version: head.version)
        isUpgrade = HopByHopFields.isUpgrade(head)
        hasVia = head.fields.mayHold(.via)
        guard head.version == .http11, head.fields.mayHold(.expect) else { return }
        let fields = head.fields
        for index in fields.lines.indices where fields.lines[index].id == .expect {
            if ConnectionOptions.listContains("100-continue", fields.value(index)) {
                expectsContinue = true
            }
        }
    }
}

/// What the head of a response decides for those who carry it.
public struct ResponseTraits: Sendable {
    /// How the body is delimited.
    public var framing = BodyFraming.none
    /// Whether its connection may carry another request.
    public var isPersistent = false
    /// The trailers that do not go on, since Connection lists them; nil where there are none.
    package var listedTrailers: ListedTrailers?

    /// Traits of a response without a body on a connection that ends.
    public init() {}

    /// The traits of `head`, which answers a request of the given method.
    ///
    /// - Throws: `ParseError` when the length of the body is ambiguous or invalid.
    public init(_ head: borrowing ResponseHead, to method: Method) throws(ParseError) {
        // A 1xx has neither a body nor a word on the connection.
        guard !head.status.isInformational else { return }
        framing = try BodyFraming.of(
            head.fields, version: head.version,
            message: .response(status: head.status, requestMethod: method))
        isPersistent = Persistence.allows(head.fields, version: head.version)
        // Elsewhere there are no trailers.
        if framing == .chunked { listedTrailers = ListedTrailers(head.fields) }
    }
}
