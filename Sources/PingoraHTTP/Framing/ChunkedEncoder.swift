/// Puts the chunked coding on a body (RFC 9112 §7.1).
///
/// The CRLF that ends a chunk is written with the next size line, so that a relay sends
/// `[prefix][payload]` and never copies payload.
public enum ChunkedEncoder {
    /// The most bytes ``writePrefix(count:isFirst:into:)`` writes.
    public static let longestPrefix = 20

    /// Writes what goes before `count` bytes of payload, which must be at least 1.
    ///
    /// - Returns: how many bytes were written; `output` must have ``longestPrefix``.
    public static func writePrefix(
        count: Int, isFirst: Bool, into output: inout MutableSpan<UInt8>
    ) -> Int {
        var writer = SpanWriter()
        if !isFirst { writer.write("\r\n", to: &output) }
        var shift = 60
        while shift > 0, count >> shift == 0 { shift -= 4 }
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: count >> shift & 15)
            writer.write(byte: digit < 10 ? digit + 0x30 : digit + 0x57, to: &output)
            shift -= 4
        }
        writer.write("\r\n", to: &output)
        return writer.count
    }

    /// Writes what ends the body: the last chunk and the trailers.
    ///
    /// - Returns: how many bytes were written.
    /// - Throws: `SerializationError` if a trailer is invalid, or all of it does not fit.
    public static func writeEnd(
        isFirst: Bool, trailers: borrowing Fields, into output: inout MutableSpan<UInt8>
    ) throws(SerializationError) -> Int {
        guard trailers.serializedByteCount + 7 <= output.count else { throw .tooLarge }
        var writer = SpanWriter()
        if !isFirst { writer.write("\r\n", to: &output) }
        writer.write("0\r\n", to: &output)
        try trailers.write(with: &writer, to: &output)
        writer.write("\r\n", to: &output)
        return writer.count
    }
}
