/// Comparing what came over the wire with what should have.
public enum WireText {
    private static let date = "{date}"
    /// Stands for any byte; no expected text holds a NUL.
    private static let anyByte: UInt8 = 0

    /// The bytes of `text`, with 29 wildcards in the place of each date.
    static func pattern(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        let mark = Array(date.utf8)
        // Only a brace can begin it, and bodies hold none.
        while let start = bytes.firstIndex(of: mark[0]), bytes[start...].starts(with: mark) {
            let anyDate = [UInt8](repeating: anyByte, count: 29)
            bytes.replaceSubrange(start..<start + mark.count, with: anyDate)
        }
        return bytes
    }

    /// Whether `bytes` and `pattern` are equal from `start` as far as both go.
    static func agrees(_ bytes: [UInt8], with pattern: [UInt8], from start: Int = 0) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            pattern.withUnsafeBufferPointer { pattern in
                var index = start
                let end = min(bytes.count, pattern.count)
                while index < end {
                    guard bytes[index] == pattern[index] || pattern[index] == anyByte else {
                        return false
                    }
                    index += 1
                }
                return true
            }
        }
    }

    /// The first part of `bytes` in one line, for a message.
    static func shown(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(600).map { $0 == 0 ? 0x2a : $0 }, as: UTF8.self)
        return text.debugDescription + (bytes.count > 600 ? "... (\(bytes.count) bytes)" : "")
    }
}

/// A strict reading of the chunked coding, as plain as can be.
public enum ChunkedText {
    public enum Result {
        case incomplete
        case invalid(String)
        /// The payload, the trailer lines, and how many bytes all of it took.
        case complete(payload: [UInt8], trailers: [UInt8], count: Int)
    }

    /// Reads a whole chunked body at the front of `bytes`. No extensions are allowed.
    public static func parse(_ bytes: [UInt8]) -> Result {
        var payload: [UInt8] = []
        var position = 0
        while let line = line(of: bytes, at: position) {
            guard let text = String(validating: line, as: UTF8.self),
                !text.isEmpty, text.utf8.count <= 8, text.allSatisfy(\.isHexDigit),
                let size = Int(text, radix: 16)
            else { return .invalid("a chunk size line \(WireText.shown(Array(line)))") }
            position += line.count + 2
            if size == 0 { return trailers(bytes, at: position, payload) }
            guard bytes.count >= position + size + 2 else { return .incomplete }
            payload += bytes[position..<position + size]
            guard bytes[position + size] == 13, bytes[position + size + 1] == 10 else {
                return .invalid("a chunk without its CRLF")
            }
            position += size + 2
        }
        return bytes.count - position > 16 ? .invalid("a chunk without its size") : .incomplete
    }

    private static func trailers(_ bytes: [UInt8], at start: Int, _ payload: [UInt8]) -> Result {
        var position = start
        while let line = line(of: bytes, at: position) {
            position += line.count + 2
            guard line.isEmpty else { continue }
            let lines = Array(bytes[start..<position - 2])
            return .complete(payload: payload, trailers: lines, count: position)
        }
        return .incomplete
    }

    private static func line(of bytes: [UInt8], at start: Int) -> ArraySlice<UInt8>? {
        let rest = bytes[start...]
        for index in rest.indices.dropLast() where rest[index] == 13 && rest[index + 1] == 10 {
            return rest[..<index]
        }
        return nil
    }
}
