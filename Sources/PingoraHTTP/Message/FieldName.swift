/// The name of a field: a token, compared without regard to case (RFC 9110 §5.1).
public struct FieldName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    let id: FieldID
    /// The name of a field that is not known; nil otherwise.
    private let custom: String?

    init(_ id: FieldID) {
        self.id = id
        custom = nil
    }

    /// The name `text`; nil if it is not a token.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy(ByteClass.isToken) else { return nil }
        id = FieldID.recognise(bytes.span)
        custom = id == .other ? text : nil
    }

    /// A name that is written in the source; it must be a token.
    public init(stringLiteral text: StaticString) {
        guard let name = FieldName(text.description) else {
            preconditionFailure("a field name must be a token: \(text)")
        }
        self = name
    }

    public static let accept = FieldName(.accept)
    public static let acceptEncoding = FieldName(.acceptEncoding)
    public static let authorization = FieldName(.authorization)
    public static let cacheControl = FieldName(.cacheControl)
    public static let connection = FieldName(.connection)
    public static let contentLength = FieldName(.contentLength)
    public static let contentType = FieldName(.contentType)
    public static let cookie = FieldName(.cookie)
    public static let date = FieldName(.date)
    public static let etag = FieldName(.etag)
    public static let expect = FieldName(.expect)
    public static let forwarded = FieldName(.forwarded)
    public static let host = FieldName(.host)
    public static let keepAlive = FieldName(.keepAlive)
    public static let lastModified = FieldName(.lastModified)
    public static let location = FieldName(.location)
    public static let maxForwards = FieldName(.maxForwards)
    public static let proxyConnection = FieldName(.proxyConnection)
    public static let retryAfter = FieldName(.retryAfter)
    public static let server = FieldName(.server)
    public static let setCookie = FieldName(.setCookie)
    public static let te = FieldName(.te)
    public static let trailer = FieldName(.trailer)
    public static let transferEncoding = FieldName(.transferEncoding)
    public static let upgrade = FieldName(.upgrade)
    public static let userAgent = FieldName(.userAgent)
    public static let vary = FieldName(.vary)
    public static let via = FieldName(.via)
    public static let xForwardedFor = FieldName(.xForwardedFor)
    public static let xForwardedHost = FieldName(.xForwardedHost)
    public static let xForwardedProto = FieldName(.xForwardedProto)

    public var description: String { custom ?? id.canonicalName.description }

    public static func == (first: FieldName, second: FieldName) -> Bool {
        guard first.id == second.id else { return false }
        guard let one = first.custom, let other = second.custom else { return true }
        return one.lowercased() == other.lowercased()
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        if let custom { hasher.combine(custom.lowercased()) }
    }

    /// Whether `name` is this one.
    func matches(_ name: borrowing Span<UInt8>) -> Bool {
        guard let custom else { return false }
        let wanted = custom.utf8
        guard wanted.count == name.count else { return false }
        var index = 0
        for byte in wanted {
            let other = name.byte(index)
            guard ByteClass.lowercase(byte) == ByteClass.lowercase(other) else { return false }
            index += 1
        }
        return true
    }
}
