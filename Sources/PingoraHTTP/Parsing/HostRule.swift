/// Who a request is for: exactly one valid host (RFC 9112 §3.2).
enum HostRule {
    /// Checks the Host field and puts the authority of the target, if it has one, in its place, so
    /// that routing and the next hop see one host only (RFC 9112 §3.2.2, §3.2.3).
    static func check(_ head: inout RequestHead) throws(ParseError) {
        var found: Int?
        for index in head.fields.lines.indices where head.fields.lines[index].id == .host {
            let offset = Int(head.fields.lines[index].nameStart)
            guard found == nil else { throw ParseError(.severalHosts, at: offset) }
            found = index
        }
        if let found {
            guard isValid(head.fields, found) else {
                throw ParseError(.badHost, at: Int(head.fields.lines[found].valueStart))
            }
        } else if head.version == .http11 {
            throw ParseError(.missingHost, at: 0)
        }
        guard let range = head.authorityRange else { return }
        let authority = Array(head.targetBytes[range])
        head.fields.replace(.host, bytes: authority.span)
    }

    private static func isValid(_ fields: borrowing Fields, _ line: Int) -> Bool {
        isAuthority(fields.value(line), needsPort: false)
    }

    /// `uri-host [ ":" port ]`, without user information.
    static func isAuthority(_ text: borrowing Span<UInt8>, needsPort: Bool) -> Bool {
        guard let hostEnd = endOfHost(text) else { return false }
        if hostEnd == text.count { return !needsPort }
        guard text.byte(hostEnd) == 0x3a else { return false }
        let digits = text.count - hostEnd - 1
        guard digits > 0 || !needsPort, digits <= 5 else { return false }
        var port = 0
        for index in hostEnd + 1..<max(hostEnd + 1, text.count) {
            guard ByteClass.isDigit(text.byte(index)) else { return false }
            port = port * 10 + Int(text.byte(index) - 0x30)
        }
        return port <= 65_535
    }

    private static func endOfHost(_ text: borrowing Span<UInt8>) -> Int? {
        guard text.count > 0 else { return nil }
        guard text.byte(0) == 0x5b else {
            let end = text.end(of: ByteClass.isHost, from: 0)
            return end > 0 ? end : nil
        }
        // An IPv6 literal: hexadecimal digits, colons and dots in brackets.
        let close = text.end(of: { isAddress($0) }, from: 1)
        guard close > 2, close < text.count, text.byte(close) == 0x5d else { return nil }
        return close + 1
    }

    private static func isAddress(_ byte: UInt8) -> Bool {
        ByteClass.isDigit(byte) || 0x61...0x66 ~= byte | 0x20 || byte == 0x3a || byte == 0x2e
    }
}
