/// Every maximum of a message, with its reason.
public struct ParseLimits: Sendable {
    /// Bytes of a method. The longest registered one has 17 (UPDATEREDIRECTREF).
    public var methodBytes = 32
    /// Bytes of a request target: 8 KiB, as Apache and nginx have it; beyond: 414.
    public var targetBytes = 8 * 1024
    /// Bytes of a whole head: 64 KiB holds the largest cookies that browsers send; beyond: 431.
    public var headBytes = 64 * 1024
    /// Lines of a head: Apache's 100; beyond: 431.
    public var fieldCount = 100
    /// Bytes of a chunk's size line with its extensions, which nobody uses.
    public var chunkLineBytes = 1024
    /// Bytes of all extensions of a body together: they cost work and carry nothing.
    public var chunkExtensionBytes = 16 * 1024
    /// Bytes of a trailer section.
    public var trailerBytes = 16 * 1024
    /// Lines of a trailer section.
    public var trailerCount = 64

    /// The limits as given above.
    public init() {}

    /// For requests.
    public static let request = ParseLimits()
    /// For responses, whose senders we chose: more fields, since a head that is too long can't be
    /// mended by the client.
    public static let response: ParseLimits = {
        var limits = ParseLimits()
        limits.fieldCount = 200
        return limits
    }()

    /// Nil, which asks for more of a head of which `count` bytes are incomplete; a parser looks at
    /// no more than ``headBytes``, so that what lies beyond makes no difference.
    func wantMore(after count: Int) throws(ParseError) -> Int? {
        guard count < headBytes else { throw ParseError(.headTooLarge, at: headBytes) }
        return nil
    }
}
