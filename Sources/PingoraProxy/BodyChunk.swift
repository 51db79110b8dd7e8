import PingoraHTTP

/// Some bytes of a body on their way through a filter.
///
/// It can be looked at and replaced during the call of the filter, and can't be kept: it views the
/// receive buffer and is not copyable. Bytes that no filter replaces are never copied.
@safe public struct BodyChunk: ~Copyable {
    /// What a filter put in place of the original bytes.
    package private(set) var replacement: [UInt8]?
    private let original: UnsafeBufferPointer<UInt8>

    /// A view of `original`, which must outlive it.
    package init(viewing original: UnsafeBufferPointer<UInt8>) {
        unsafe self.original = original
    }

    /// How many bytes there are; 0 in the last call of a body, which only tells its end.
    public var count: Int { unsafe replacement?.count ?? original.count }

    /// A copy of the bytes.
    public var bytes: [UInt8] {
        // SAFETY: the engine keeps the buffer in place while a chunk views it.
        unsafe replacement ?? Array(original)
    }

    /// Puts `bytes` in the place of what came; none drops it.
    public mutating func replace(with bytes: [UInt8]) {
        replacement = bytes
    }

    /// Calls `body` with the bytes, without a copy.
    public func withBytes<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        if let replacement { return try body(replacement.span) }
        // SAFETY: as above; the span ends with the call.
        return try body(unsafe Span(_unsafeElements: original))
    }
}
