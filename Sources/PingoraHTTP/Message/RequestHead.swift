/// The head of a request: request line and fields.
public struct RequestHead: Sendable {
    public var method: Method = .get
    public var version: Version = .http11
    public var fields = Fields()
    var targetBytes: [UInt8] = [0x2f]

    /// `GET / HTTP/1.1` without fields.
    public init() {}

    /// A head with the given request line, without fields.
    public init(method: Method, target: String) {
        self.method = method
        self.target = target
    }

    /// The request target as it stands in the request line (RFC 9112 §3.2). Makes a string.
    public var target: String {
        get { String(decoding: targetBytes, as: UTF8.self) }
        set { targetBytes = Array(newValue.utf8) }
    }

    /// The path of the target, without its query and, in absolute form, without scheme and
    /// authority; `/` where that leaves nothing (RFC 9110 §4.2.3), and for CONNECT, which has none.
    /// Makes a string.
    public var path: String {
        let range = pathRange
        if range.isEmpty, authorityRange != nil { return "/" }
        return String(decoding: targetBytes[range], as: UTF8.self)
    }

    /// Calls `body` with the bytes of ``path``.
    public func withPath<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let range = pathRange
        guard range.isEmpty, authorityRange != nil else {
            return body(targetBytes.span.extracting(range))
        }
        let root: InlineArray<1, UInt8> = [0x2f]
        return body(root.span)
    }

    /// Calls `body` with the bytes of the whole target.
    public func withTarget<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        body(targetBytes.span)
    }

    /// Calls `body` with the bytes of the Host field; with none if there is no such field.
    public func withHost<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        fields.withValue(of: .host, body)
    }

    /// Becomes a copy of `other`, keeping its own storage.
    public mutating func copy(from other: borrowing RequestHead) {
        method = other.method
        version = other.version
        targetBytes.assign(other.targetBytes)
        fields.copy(from: other.fields)
    }

    /// The form a target has (RFC 9112 §3.2).
    public enum TargetForm: Sendable {
        case origin, absolute, authority, asterisk
    }

    /// The form of the target.
    public var targetForm: TargetForm {
        if targetBytes.first == 0x2f { return .origin }
        if targetBytes == [0x2a] { return .asterisk }
        return method == .connect ? .authority : .absolute
    }

    /// Turns a target of absolute form into path and query, as a server that is no proxy wants it
    /// (RFC 9112 §3.2.1); `OPTIONS http://a` becomes `OPTIONS *` (§3.2.4). The authority went into
    /// Host when the head was parsed.
    public mutating func useOriginForm() {
        guard targetForm == .absolute, let authority = authorityRange else { return }
        let rest = targetBytes[authority.upperBound...]
        if rest.isEmpty, method == .options {
            targetBytes = [0x2a]
        } else {
            targetBytes = (rest.first == 0x2f ? [] : [0x2f]) + rest
        }
    }

    /// The port that CONNECT names; nil for other methods (RFC 9112 §3.2.3).
    public var connectPort: UInt16? {
        guard targetForm == .authority, let colon = targetBytes.lastIndex(of: 0x3a) else {
            return nil
        }
        return UInt16(String(decoding: targetBytes[(colon + 1)...], as: UTF8.self))
    }

    /// The range of host and port in a target of absolute form, or of authority form.
    var authorityRange: Range<Int>? {
        switch targetForm {
        case .origin, .asterisk: return nil
        case .authority: return 0..<targetBytes.count
        case .absolute: break
        }
        let span = targetBytes.span
        let scheme = span.end(of: { $0 != 0x3a }, from: 0)
        guard span.hasPrefixIgnoringCase("://", at: scheme) else { return nil }
        let start = scheme + 3
        return start..<span.end(of: { $0 != 0x2f && $0 != 0x3f }, from: start)
    }

    private var pathRange: Range<Int> {
        let start = authorityRange?.upperBound ?? 0
        return start..<targetBytes.span.end(of: { $0 != 0x3f }, from: start)
    }
}
