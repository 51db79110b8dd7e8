/// Rules of host names in certificates and handshakes (RFC 6125, RFC 6066 section 3).
enum HostName {
    /// In lower case, without the root's dot; nil where it can't be a name in DNS: letters, digits,
    /// hyphens and underscores, at most 63 bytes a label and 253 in all, the first perhaps `*`.
    static func normalized(_ name: String) -> String? {
        var name = name.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        guard !name.isEmpty, name.utf8.count <= 253 else { return nil }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        for (index, label) in labels.enumerated() {
            if index == 0, label == "*", labels.count > 1 { continue }
            guard (1...63).contains(label.utf8.count), label.utf8.allSatisfy(isAllowed) else {
                return nil
            }
        }
        return name
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// The name with `*` for its first label: what a wildcard for it looks like. Nil where too
    /// little would be left.
    static func wildcard(for name: String) -> String? {
        guard let dot = name.firstIndex(of: "."), name[dot...].dropFirst().contains(".") else {
            return nil
        }
        return "*" + name[dot...]
    }

    /// Whether a certificate with `pattern` is for all that `name` means; both in lower case.
    static func pattern(_ pattern: String, covers name: String) -> Bool {
        pattern == name || !name.hasPrefix("*") && pattern == wildcard(for: name)
    }

    /// The name with hyphens for the underscores of its first label, where that is below a domain.
    ///
    /// OpenSSL lets `*` stand for hyphens but not for underscores, which no host name has but many
    /// names in DNS do. Pingora: `replace_leftmost_underscore`.
    static func withoutUnderscores(_ name: String) -> String? {
        guard let dot = name.firstIndex(of: "."), name[..<dot].contains("_"),
            name[dot...].dropFirst().contains(".")
        else { return nil }
        return String(name[..<dot].map { $0 == "_" ? "-" : $0 }) + name[dot...]
    }

    /// Whether it is an IPv4 or IPv6 address and no name.
    static func isAddress(_ name: String) -> Bool {
        name.contains(":") || name.split(separator: ".").last?.allSatisfy(\.isNumber) == true
    }
}
