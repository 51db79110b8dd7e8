/// How the body of a message is delimited.
public enum BodyFraming: Hashable, Sendable {
    /// There is no body.
    case none
    /// Exactly this many bytes.
    case length(Int)
    /// Chunks (RFC 9112 §7.1).
    case chunked
    /// Everything until the connection ends: responses only.
    case untilClose
}

/// What is being framed.
public enum MessageKind: Sendable {
    case request
    case response(status: StatusCode, requestMethod: Method)
}

extension BodyFraming {
    /// The one decision on the length of a body (RFC 9112 §6.3), for requests and responses.
    ///
    /// Stricter than the RFC where it leaves a choice: a message whose length could be read in two
    /// ways is refused, never repaired.
    /// - Throws: `ParseError` when the length is ambiguous or invalid.
    public static func of(
        _ fields: borrowing Fields, version: Version, message: MessageKind
    ) throws(ParseError) -> BodyFraming {
        // A tunnel follows, whatever the fields say (RFC 9110 §9.3.6).
        if case .response(let status, .connect) = message, status.isSuccessful { return .none }
        let hasCoding = fields.mayHold(.transferEncoding)
        let hasLength = fields.mayHold(.contentLength)
        if hasCoding {
            // §6.1: a coding in HTTP/1.0, or beside a length, is what smuggling is made of.
            guard version == .http11 else { throw ParseError(.codingInOldVersion, at: 0) }
            guard !hasLength else { throw ParseError(.bothLengthAndCoding, at: 0) }
            try TransferCoding.check(fields)
        }
        let length = hasLength ? try ContentLength.parse(fields) : nil
        switch message {
        case .request:
            if hasCoding { return .chunked }
            return length.map { .length($0) } ?? .none
        case .response(let status, let method):
            if method == .head || status.hasNoBody { return .none }
            if hasCoding { return .chunked }
            return length.map { .length($0) } ?? .untilClose
        }
    }
}
