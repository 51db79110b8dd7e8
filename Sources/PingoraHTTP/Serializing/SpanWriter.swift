/// Writes one thing after the other into a span, within its bounds.
struct SpanWriter {
    private(set) var count = 0

    @inline(__always)
    mutating func write(byte: UInt8, to output: inout MutableSpan<UInt8>) {
        output[count] = byte
        count &+= 1
    }

    @inline(__always)
    mutating func write(_ text: StaticString, to output: inout MutableSpan<UInt8>) {
        // SAFETY: a static string lives for ever.
        unsafe write(
            from: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount),
            to: &output)
    }

    @inline(__always)
    mutating func write(_ bytes: borrowing Span<UInt8>, to output: inout MutableSpan<UInt8>) {
        // SAFETY: the source is borrowed for the call.
        unsafe bytes.withUnsafeBufferPointer { unsafe write(from: $0, to: &output) }
    }

    @inline(__always)
    private mutating func write(
        from source: UnsafeBufferPointer<UInt8>, to output: inout MutableSpan<UInt8>
    ) {
        guard let from = source.baseAddress, source.count > 0 else { return }
        precondition(source.count <= output.count - count, "writer beyond its span")
        let start = count
        // SAFETY: the room was just checked; source and output are different memory.
        unsafe output.withUnsafeMutableBufferPointer { output in
            guard let base = output.baseAddress else { return }
            unsafe (base + start).update(from: from, count: source.count)
        }
        count &+= source.count
    }
}
