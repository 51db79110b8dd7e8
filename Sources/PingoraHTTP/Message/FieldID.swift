/// The field names that are told apart without text, in the order of `canonicalNames`.
enum FieldID: UInt8, Sendable, CaseIterable {
    case other
    case accept, acceptEncoding, authorization, cacheControl, connection, contentLength
    case contentType, cookie, date, etag, expect, forwarded, host, http2Settings, keepAlive
    case lastModified, location, maxForwards, proxyAuthenticate, proxyAuthorization
    case proxyConnection, retryAfter, server, setCookie, te, trailer, transferEncoding, upgrade
    case userAgent, vary, via, xForwardedFor, xForwardedHost, xForwardedProto

    /// The name as it is usually written.
    var canonicalName: StaticString {
        switch self {
        case .other: ""
        case .accept: "Accept"
        case .acceptEncoding: "Accept-Encoding"
        case .authorization: "Authorization"
        case .cacheControl: "Cache-Control"
        case .connection: "Connection"
        case .contentLength: "Content-Length"
        case .contentType: "Content-Type"
        case .cookie: "Cookie"
        case .date: "Date"
        case .etag: "ETag"
        case .expect: "Expect"
        case .forwarded: "Forwarded"
        case .host: "Host"
        case .http2Settings: "HTTP2-Settings"
        case .keepAlive: "Keep-Alive"
        case .lastModified: "Last-Modified"
        case .location: "Location"
        case .maxForwards: "Max-Forwards"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .proxyAuthorization: "Proxy-Authorization"
        case .proxyConnection: "Proxy-Connection"
        case .retryAfter: "Retry-After"
        case .server: "Server"
        case .setCookie: "Set-Cookie"
        case .te: "TE"
        case .trailer: "Trailer"
        case .transferEncoding: "Transfer-Encoding"
        case .upgrade: "Upgrade"
        case .userAgent: "User-Agent"
        case .vary: "Vary"
        case .via: "Via"
        case .xForwardedFor: "X-Forwarded-For"
        case .xForwardedHost: "X-Forwarded-Host"
        case .xForwardedProto: "X-Forwarded-Proto"
        }
    }

    /// This field's bit in a set of fields.
    @inline(__always)
    var bit: UInt64 { 1 &<< UInt64(rawValue) }

    /// Which field `name` is, whatever the case of its letters: by length, then by its words.
    static func recognise(_ name: borrowing Span<UInt8>) -> FieldID {
        switch name.count {
        case 2: return name.equalsIgnoringCase("te") ? .te : .other
        case 3: return name.equalsIgnoringCase("via") ? .via : .other
        case 4: return ofFour(name)
        case 6: return ofSix(name)
        case 7:
            if name.equalsIgnoringCase("upgrade") { return .upgrade }
            return name.equalsIgnoringCase("trailer") ? .trailer : .other
        case 8: return name.equalsIgnoringCase("location") ? .location : .other
        case 9: return name.equalsIgnoringCase("forwarded") ? .forwarded : .other
        case 10: return ofTen(name)
        case 11: return name.equalsIgnoringCase("retry-after") ? .retryAfter : .other
        case 12:
            if name.equalsIgnoringCase("content-type") { return .contentType }
            return name.equalsIgnoringCase("max-forwards") ? .maxForwards : .other
        case 13:
            if name.equalsIgnoringCase("cache-control") { return .cacheControl }
            if name.equalsIgnoringCase("last-modified") { return .lastModified }
            return name.equalsIgnoringCase("authorization") ? .authorization : .other
        case 14:
            if name.equalsIgnoringCase("content-length") { return .contentLength }
            return name.equalsIgnoringCase("http2-settings") ? .http2Settings : .other
        default: return ofMany(name)
        }
    }

    private static func ofFour(_ name: borrowing Span<UInt8>) -> FieldID {
        if name.equalsIgnoringCase("host") { return .host }
        if name.equalsIgnoringCase("date") { return .date }
        if name.equalsIgnoringCase("etag") { return .etag }
        return name.equalsIgnoringCase("vary") ? .vary : .other
    }

    private static func ofSix(_ name: borrowing Span<UInt8>) -> FieldID {
        if name.equalsIgnoringCase("accept") { return .accept }
        if name.equalsIgnoringCase("cookie") { return .cookie }
        if name.equalsIgnoringCase("server") { return .server }
        return name.equalsIgnoringCase("expect") ? .expect : .other
    }

    private static func ofTen(_ name: borrowing Span<UInt8>) -> FieldID {
        if name.equalsIgnoringCase("connection") { return .connection }
        if name.equalsIgnoringCase("keep-alive") { return .keepAlive }
        if name.equalsIgnoringCase("user-agent") { return .userAgent }
        return name.equalsIgnoringCase("set-cookie") ? .setCookie : .other
    }

    private static func ofMany(_ name: borrowing Span<UInt8>) -> FieldID {
        switch name.count {
        case 15:
            if name.equalsIgnoringCase("accept-encoding") { return .acceptEncoding }
            return name.equalsIgnoringCase("x-forwarded-for") ? .xForwardedFor : .other
        case 16:
            if name.equalsIgnoringCase("x-forwarded-host") { return .xForwardedHost }
            return name.equalsIgnoringCase("proxy-connection") ? .proxyConnection : .other
        case 17:
            if name.equalsIgnoringCase("transfer-encoding") { return .transferEncoding }
            return name.equalsIgnoringCase("x-forwarded-proto") ? .xForwardedProto : .other
        case 18: return name.equalsIgnoringCase("proxy-authenticate") ? .proxyAuthenticate : .other
        case 19:
            return name.equalsIgnoringCase("proxy-authorization") ? .proxyAuthorization : .other
        default: return .other
        }
    }
}
