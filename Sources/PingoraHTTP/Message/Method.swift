/// A request method (RFC 9110 §9). Methods are case-sensitive tokens.
public struct Method: Hashable, Sendable, CustomStringConvertible {
    /// The methods that are told apart without text.
    enum Known: UInt8, Sendable {
        case get, head, post, put, delete, connect, options, trace, patch, other
    }

    let known: Known
    /// The token of a method that is not known, in the first `tokenCount` bytes. In place, so that
    /// a head is copied without counting references.
    private let tokenBytes: Token
    private let tokenCount: UInt8

    /// The longest method there may be, in bytes.
    static let longestToken = 32
    private typealias Token = InlineArray<32, UInt8>

    init(_ known: Known) {
        self.known = known
        tokenBytes = Token(repeating: 0)
        tokenCount = 0
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

    /// The method `text` names; nil if it is not a token of at most 32 bytes.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard 1...Method.longestToken ~= bytes.count, bytes.allSatisfy(ByteClass.isToken) else {
            return nil
        }
        self.init(token: bytes.span)
    }

    /// The method of a token that was checked already.
    init(token: borrowing Span<UInt8>) {
        let known = Method.recognise(token)
        self.known = known
        var bytes = Token(repeating: 0)
        let count = known == .other ? min(token.count, Method.longestToken) : 0
        for index in 0..<count { bytes[index] = token[index] }
        tokenBytes = bytes
        tokenCount = UInt8(truncatingIfNeeded: count)
    }

    public static func == (first: Method, second: Method) -> Bool {
        guard first.known == second.known, first.tokenCount == second.tokenCount else {
            return false
        }
        for index in 0..<Int(first.tokenCount)
        where first.tokenBytes[index] != second.tokenBytes[index] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(known)
        for index in 0..<Int(tokenCount) { hasher.combine(tokenBytes[index]) }
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
        guard known != .other else {
            return body(tokenBytes.span.extracting(first: Int(tokenCount)))
        }
        // SAFETY: a static string lives for ever.
        let bytes = unsafe UnsafeBufferPointer(
            start: name.utf8Start, count: name.utf8CodeUnitCount)
        return body(unsafe Span(_unsafeElements: bytes))
    }

    public var description: String {
        guard known == .other else { return name.description }
        return String(decoding: (0..<Int(tokenCount)).map { tokenBytes[$0] }, as: UTF8.self)
    }

    var byteCount: Int { known == .other ? Int(tokenCount) : name.utf8CodeUnitCount }

    func write(with writer: inout SpanWriter, to output: inout MutableSpan<UInt8>) {
        if known == .other {
            writer.write(tokenBytes.span.extracting(first: Int(tokenCount)), to: &output)
        } else {
            writer.write(name, to: &output)
        }
    }
}
