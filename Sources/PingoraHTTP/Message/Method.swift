/// A request method (RFC 9110 §9). Methods are case-sensitive tokens.
public struct Method: Hashable, Sendable, CustomStringConvertible {
    /// The methods that are told apart without text.
    enum Known: UInt8, Sendable {
        case get, head, post, put, delete, connect, options, trace, patch, other
    }

    let known: Known
    /// The token of a method that is not known; empty otherwise.
    let token: [UInt8]

    init(_ known: Known) {
        self.known = known
        token = []
    }

    public static let get = Method(.get)
    public static let head = Method(.head)
    public static let post = Method(.post)
    public static let put = Method(.put)
    public static let delete = Method(.delete)
    public static let connect = Method(.connect)
    public static let options = Method(.options)
    public static let trace = Method(.trace)
    public static let patch = Method(.patch)

    /// The method `text` names; nil if it is not a token.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy(ByteClass.isToken) else { return nil }
        self.init(token: bytes.span)
    }

    /// The method of a token that was checked already.
    init(token: borrowing Span<UInt8>) {
        let known = Method.recognise(token)
        self.known = known
        guard known == .other else {
            self.token = []
            return
        }
        var bytes: [UInt8] = []
        for index in 0..<token.count { bytes.append(token[index]) }
        self.token = bytes
    }

    private static func recognise(_ token: borrowing Span<UInt8>) -> Known {
        func matches(_ text: StaticString) -> Bool { token.equals(text) }
        switch token.count {
        case 3: return matches("GET") ? .get : matches("PUT") ? .put : .other
        case 4: return matches("HEAD") ? .head : matches("POST") ? .post : .other
        case 5: return matches("PATCH") ? .patch : matches("TRACE") ? .trace : .other
        case 6: return matches("DELETE") ? .delete : .other
        case 7: return matches("OPTIONS") ? .options : matches("CONNECT") ? .connect : .other
        default: return .other
        }
    }

    /// Whether the method only reads (RFC 9110 §9.2.1).
    public var isSafe: Bool {
        switch known {
        case .get, .head, .options, .trace: true
        default: false
        }
    }

    /// Whether several identical requests have the effect of one (RFC 9110 §9.2.2).
    public var isIdempotent: Bool { isSafe || known == .put || known == .delete }

    /// The name of a known method; empty for others.
    var name: StaticString {
        switch known {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .connect: "CONNECT"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .patch: "PATCH"
        case .other: ""
        }
    }

    /// Calls `body` with the bytes of the name.
    public func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        guard known != .other else { return body(token.span) }
        // SAFETY: a static string lives for ever.
        let bytes = unsafe UnsafeBufferPointer(
            start: name.utf8Start, count: name.utf8CodeUnitCount)
        return body(unsafe Span(_unsafeElements: bytes))
    }

    public var description: String {
        known == .other ? String(decoding: token, as: UTF8.self) : name.description
    }
}
