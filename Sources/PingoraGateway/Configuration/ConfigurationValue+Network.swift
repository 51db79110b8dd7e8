import PingoraConfig
import PingoraCore

/// Readers of addresses, hosts and paths.
extension ConfigurationValue {
    private static let address = "an address such as 10.0.0.1:80, [::1]:80 or unix:/run/app.sock"
    private static let hostName = "a host such as example.com or *.example.com"
    /// What DNS allows (RFC 1035 §2.3.4), less the final dot.
    private static let longestHost = 253
    /// `sun_path` has 108 bytes, one of which is the final zero (man 7 unix).
    private static let longestSocketPath = 107

    /// `10.0.0.1:80`, `[::1]:80` or `unix:/run/app.sock`.
    func socketAddress() -> SocketAddress? {
        guard let text = text(Self.address) else { return nil }
        if let address = SocketAddress(text) { return address }
        if AddressHint.isName(text) {
            report(
                "names are not resolved here, got \(node.shown): write an address such as "
                    + "10.0.0.1:80")
        } else {
            reportExpected(Self.address, hint: AddressHint.text(for: text))
        }
        return nil
    }

    /// A path that fits into the address of a Unix socket.
    func socketPath() -> String? {
        let expected = "a path of at most \(Self.longestSocketPath) bytes"
        guard let path = text(expected) else { return nil }
        guard path.utf8.count <= Self.longestSocketPath else {
            reportExpected(expected)
            return nil
        }
        return path
    }

    /// A host as routes match it: no port, a wildcard only as the first label.
    func hostPattern() -> String? {
        guard let text = text(Self.hostName) else { return nil }
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        if Self.isHost(name) { return text }
        let hint =
            text.contains("/")
            ? ": leave the scheme and the path out"
            : text.contains(":") && !text.hasPrefix("[")
                ? ": leave the port out"
                : text == "*"
                    ? ": leave host out to match every host"
                    : text.contains("*") ? ": a wildcard stands only in front, as '*.'" : ""
        reportExpected(Self.hostName, hint: hint)
        return nil
    }

    /// A host with or without a port, as the Host field has it.
    func hostWithPort() -> String? {
        let expected = "a host such as example.com or example.com:8080"
        guard let text = text(expected) else { return nil }
        let digits = text.utf8.reversed().prefix { 48...57 ~= $0 }.count
        let hasPort = digits > 0 && text.utf8.dropLast(digits).last == 0x3a
        let host = hasPort ? text.dropLast(digits + 1) : text[...]
        let port = hasPort ? UInt16(text.suffix(digits)) : 80
        guard Self.isHost(host), port != nil else {
            reportExpected(expected, hint: text.contains("/") ? ": leave the scheme out" : "")
            return nil
        }
        return text
    }

    /// Who a server says it is: a host without a port, or an address.
    func serverName() -> String? {
        let expected = "a host such as example.com, or an address"
        guard let text = text(expected) else { return nil }
        let isAddress = text.contains(":") && SocketAddress("[\(text)]:0") != nil
        guard isAddress || Self.isHost(text[...]) && !text.hasPrefix("[") else {
            let hint =
                text.contains("/")
                ? ": leave the scheme and the path out"
                : text.contains(":")
                    ? ": leave the port out"
                    : text.contains("*") ? ": servers have a name of their own" : ""
            reportExpected(expected, hint: hint)
            return nil
        }
        return text
    }

    /// A path as it stands in a request: from `/`, percent-encoded, without a query.
    func pathPrefix() -> String? {
        let expected = "a path that begins with / such as /api/"
        guard let text = text(expected) else { return nil }
        let isPath = text.utf8.allSatisfy { 0x21..<0x7f ~= $0 && $0 != 0x3f && $0 != 0x23 }
        guard text.hasPrefix("/"), isPath else {
            let hint =
                text.contains("?") || text.contains("#")
                ? ": routes see no query"
                : isPath ? "" : ": percent-encode what is not visible ASCII"
            reportExpected(expected, hint: hint)
            return nil
        }
        return text
    }

    /// A path and a query as they stand in a request line (RFC 9112 §3.2.1).
    func requestTarget() -> String? {
        let expected = "a path that begins with / such as /healthz"
        guard let text = text(expected) else { return nil }
        let isVisible = text.utf8.allSatisfy { 0x21..<0x7f ~= $0 }
        guard text.hasPrefix("/"), isVisible, !text.contains("#") else {
            let hint =
                text.contains("#")
                ? ": a request has no fragment"
                : isVisible ? "" : ": percent-encode what is not visible ASCII"
            reportExpected(expected, hint: hint)
            return nil
        }
        return text
    }

    /// Letters, digits, `-`, `_` and `.`, or an IPv6 address in brackets.
    private static func isHost(_ text: Substring) -> Bool {
        guard !text.isEmpty, text.utf8.count <= longestHost else { return false }
        if text.hasPrefix("["), text.hasSuffix("]") { return SocketAddress("\(text):0") != nil }
        return !text.hasPrefix(".")
            && text.utf8.allSatisfy { byte in
                48...57 ~= byte || 97...122 ~= byte | 0x20 || [0x2d, 0x2e, 0x5f].contains(byte)
            }
    }
}

extension SocketAddress {
    var isUnix: Bool {
        if case .unix = self { true } else { false }
    }
}
