/// Why a text is no socket address.
enum AddressHint {
    /// Whether it would be an address if names were resolved: `app.internal:80`, `localhost`.
    static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0] != "unix", let first = parts.first else { return false }
        let isHost = first.utf8.allSatisfy { byte in
            48...57 ~= byte || 97...122 ~= byte | 0x20 || [0x2d, 0x2e, 0x5f].contains(byte)
        }
        return isHost && first.utf8.contains { 97...122 ~= $0 | 0x20 }
            && (parts.count == 1 || UInt16(parts[1]) != nil)
    }

    /// What to say behind the text; empty where nothing better is known.
    static func text(for text: String) -> String {
        if text.contains("://") { return ": leave the scheme out" }
        if text == "unix:" { return ": the path is missing" }
        if text.hasPrefix("unix:") { return ": a Unix path has at most 107 bytes" }
        if text.hasPrefix("[") { return text.contains("]:") ? "" : ": the port is missing" }
        let colons = text.utf8.count { $0 == 0x3a }
        if colons > 1 { return ": an IPv6 address stands in brackets" }
        if colons == 0 {
            let isNumber = text.utf8.allSatisfy { 48...57 ~= $0 }
            return isNumber ? ": the address is missing" : ": the port is missing"
        }
        if text.hasPrefix(":") { return ": the address is missing" }
        let port = text.split(separator: ":", omittingEmptySubsequences: false)[1]
        return UInt16(port) == nil ? ": a port is a number from 0 to 65535" : ""
    }
}
