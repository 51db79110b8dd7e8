/// A line of text under construction, as bytes.
struct LogLine {
    private(set) var bytes: [UInt8]

    /// An empty line in the memory of an earlier one.
    init(reusing bytes: consuming [UInt8]) {
        self.bytes = bytes
        self.bytes.removeAll(keepingCapacity: true)
    }

    /// The memory, for the next line.
    consuming func take() -> [UInt8] { bytes }

    mutating func append(_ text: StaticString) {
        // SAFETY: a static string lives for ever.
        unsafe bytes.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: Span<UInt8>) {
        // SAFETY: the bytes are copied before the borrow ends.
        unsafe text.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(number: Int) {
        guard number >= 10 else { return bytes.append(UInt8(48 + max(0, number))) }
        append(number: number / 10)
        bytes.append(UInt8(48 + number % 10))
    }

    /// A number of thousandths with three decimals: 1234 is `1.234`.
    mutating func append(thousandths number: Int) {
        append(number: number / 1000)
        bytes.append(0x2e)
        bytes.append(UInt8(48 + number / 100 % 10))
        bytes.append(UInt8(48 + number / 10 % 10))
        bytes.append(UInt8(48 + number % 10))
    }

    /// Bytes of a peer: as they stand where they are plain, else in quotes with escapes.
    mutating func append(quoting text: Span<UInt8>) {
        guard text.count > 0, !LogLine.isPlain(text) else {
            return text.count > 0 ? append(text) : bytes.append(0x2d)
        }
        bytes.append(0x22)
        for index in 0..<text.count { appendEscaped(text[index]) }
        bytes.append(0x22)
    }

    /// Visible ASCII without quotes and backslashes; an equals sign may stand in a value.
    private static func isPlain(_ text: Span<UInt8>) -> Bool {
        for index in 0..<text.count {
            let byte = text[index]
            guard byte > 0x20, byte < 0x7f, byte != 0x22, byte != 0x5c else { return false }
        }
        return true
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5c:
            bytes.append(0x5c)
            bytes.append(byte)
        case 0x20..<0x7f: bytes.append(byte)
        default:
            let digits: StaticString = "0123456789abcdef"
            append("\\x")
            // SAFETY: both indices are below 16.
            unsafe bytes.append(digits.utf8Start[Int(byte >> 4)])
            unsafe bytes.append(digits.utf8Start[Int(byte & 15)])
        }
    }
}
