/// A three-digit status code (RFC 9110 §15).
public struct StatusCode: Hashable, Sendable, CustomStringConvertible {
    /// 100...999; what lies beyond 599 is passed on and treated as 500.
    public let code: UInt16

    /// The status `code`; nil unless it has three digits and does not begin with 0.
    public init?(_ code: Int) {
        guard 100...999 ~= code else { return nil }
        self.code = UInt16(code)
    }

    init(known code: UInt16) {
        self.code = code
    }

    public static let continue_ = StatusCode(known: 100)
    public static let switchingProtocols = StatusCode(known: 101)
    public static let earlyHints = StatusCode(known: 103)
    public static let ok = StatusCode(known: 200)
    public static let noContent = StatusCode(known: 204)
    public static let resetContent = StatusCode(known: 205)
    public static let movedPermanently = StatusCode(known: 301)
    public static let found = StatusCode(known: 302)
    public static let notModified = StatusCode(known: 304)
    public static let badRequest = StatusCode(known: 400)
    public static let unauthorized = StatusCode(known: 401)
    public static let forbidden = StatusCode(known: 403)
    public static let notFound = StatusCode(known: 404)
    public static let methodNotAllowed = StatusCode(known: 405)
    public static let requestTimeout = StatusCode(known: 408)
    public static let contentTooLarge = StatusCode(known: 413)
    public static let uriTooLong = StatusCode(known: 414)
    public static let expectationFailed = StatusCode(known: 417)
    public static let upgradeRequired = StatusCode(known: 426)
    public static let tooManyRequests = StatusCode(known: 429)
    public static let requestHeaderFieldsTooLarge = StatusCode(known: 431)
    public static let internalServerError = StatusCode(known: 500)
    public static let notImplemented = StatusCode(known: 501)
    public static let badGateway = StatusCode(known: 502)
    public static let serviceUnavailable = StatusCode(known: 503)
    public static let gatewayTimeout = StatusCode(known: 504)
    public static let httpVersionNotSupported = StatusCode(known: 505)
    public static let loopDetected = StatusCode(known: 508)

    /// 1xx: not the last response to its request.
    public var isInformational: Bool { code < 200 }
    /// 1xx but 101: after it another response to the same request comes.
    public var isInterim: Bool { code < 200 && code != 101 }
    /// 2xx: the answer that opens the tunnel which CONNECT asks for.
    public var isSuccessful: Bool { 200..<300 ~= code }
    /// Whether a response of this status never has a body (RFC 9112 §6.3).
    public var hasNoBody: Bool { code < 200 || code == 204 || code == 304 }

    public var description: String { "\(code)" }

    /// The customary reason phrase; empty for codes without one.
    public var reason: StaticString {
        switch code {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 103: "Early Hints"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 205: "Reset Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 508: "Loop Detected"
        default: ""
        }
    }
}
