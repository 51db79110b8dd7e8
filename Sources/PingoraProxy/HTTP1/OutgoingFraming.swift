import PingoraHTTP

/// How a body is framed for the next hop, and the head that says so. Pure.
///
/// Whatever came in, exactly one framing field goes out.
enum OutgoingFraming {
    /// Frames the request body for an HTTP/1.1 server.
    static func request(_ head: inout RequestHead, incoming: BodyFraming) -> BodyFraming {
        head.version = .http11
        if incoming == .none {
            return declaredLength(head.fields).map { .length($0) } ?? .none
        }
        return lengthOrChunked(&head.fields)
    }

    /// Frames the response body for a client of the given version.
    ///
    /// - Returns: the framing; ``BodyFraming/untilClose`` means that the client's connection must
    ///   be closed after it.
    static func response(
        _ head: inout ResponseHead, incoming: BodyFraming, client: Version
    ) -> BodyFraming {
        head.version = .http11
        if incoming == .none { return .none }
        if let length = declaredLength(head.fields) { return .length(length) }
        // HTTP/1.0 knows no chunks.
        guard client == .http11 else { return .untilClose }
        return lengthOrChunked(&head.fields)
    }

    private static func lengthOrChunked(_ fields: inout Fields) -> BodyFraming {
        if let length = declaredLength(fields) { return .length(length) }
        fields.remove(.contentLength)
        fields.replace(.transferEncoding, with: "chunked")
        return .chunked
    }

    /// The Content-Length, which a filter may have changed; nil if it has none that is valid.
    private static func declaredLength(_ fields: borrowing Fields) -> Int? {
        fields.contentLength
    }
}
