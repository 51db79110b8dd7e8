/// What may not come as a trailer (RFC 9110 §6.5.1): framing, routing, authentication, and what
/// proxies vouch for.
enum TrailerRule {
    private static let forbidden: [FieldID] = [
        .transferEncoding, .contentLength, .host, .connection, .keepAlive, .te, .trailer, .upgrade,
        .proxyConnection, .authorization, .proxyAuthorization, .proxyAuthenticate, .cookie,
        .setCookie, .cacheControl, .expect, .maxForwards, .contentType, .forwarded, .via,
        .xForwardedFor, .xForwardedHost, .xForwardedProto,
    ]

    /// The bits of those that have an id.
    static let mask = forbidden.reduce(0) { $0 | $1.bit }

    /// Removes such lines.
    static func removeForbidden(_ trailers: inout Fields) {
        trailers.removeLines(from: 0) { fields, index in
            let id = fields.lines[index].id
            return id == .other ? isUnknownForbidden(fields.name(index)) : id.bit & mask != 0
        }
        trailers.forget(mask)
    }

    /// Names without an ID of their own, and those that CGI reads as one of the above.
    private static func isUnknownForbidden(_ name: borrowing Span<UInt8>) -> Bool {
        ForwardedFields.isClaim(name) || FramingAlias.isAlias(name)
            || name.count == 16 && name.hasCGIPrefix("content-encoding")
            || name.count == 13 && name.hasCGIPrefix("content-range")
    }
}
