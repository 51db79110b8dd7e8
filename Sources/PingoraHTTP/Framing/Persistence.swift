/// Whether a connection may carry another message (RFC 9112 §9.3).
public enum Persistence {
    /// True unless a `close` says otherwise; in HTTP/1.0 only where `keep-alive` asks for it.
    public static func allows(_ fields: borrowing Fields, version: Version) -> Bool {
        guard fields.mayHold(.connection) else { return version == .http11 }
        if ConnectionOptions.contains("close", in: fields) { return false }
        return version == .http11 || ConnectionOptions.contains("keep-alive", in: fields)
    }
}

/// The members of the Connection field (RFC 9110 §7.6.1).
enum ConnectionOptions {
    /// Whether Connection lists anything but the most common, `keep-alive` or `close` alone.
    static func areListed(in fields: borrowing Fields) -> Bool {
        guard fields.mayHold(.connection) else { return false }
        for index in fields.lines.indices where fields.lines[index].id == .connection {
            let value = fields.value(index)
            let isAlone =
                value.equalsIgnoringCase("keep-alive") || value.equalsIgnoringCase("close")
            if !isAlone { return true }
        }
        return false
    }

    /// Whether `option`, in lower case, is a member of any Connection line.
    static func contains(_ option: StaticString, in fields: borrowing Fields) -> Bool {
        for index in fields.lines.indices where fields.lines[index].id == .connection {
            if listContains(option, fields.value(index)) { return true }
        }
        return false
    }

    /// Whether `member` is in a comma-separated list.
    static func listContains(_ member: StaticString, _ list: borrowing Span<UInt8>) -> Bool {
        var start = 0
        while start <= list.count {
            let end = list.end(of: { $0 != 0x2c }, from: start)
            let range = trimmedRange(list, start, end)
            if list.extracting(range).equalsIgnoringCase(member) { return true }
            start = end + 1
        }
        return false
    }

    /// Where the member between two offsets lies, without the white space around it.
    static func trimmedRange(
        _ list: borrowing Span<UInt8>, _ start: Int, _ end: Int
    ) -> Range<Int> {
        var (first, last) = (start, end)
        while first < last, ByteClass.isBlank(list.byte(first)) { first += 1 }
        while last > first, ByteClass.isBlank(list.byte(last - 1)) { last -= 1 }
        return first..<last
    }
}
