import Glibc

/// Where a socket listens or connects: an IPv4 or IPv6 address with a port, or a Unix path.
public enum SocketAddress: Hashable, Sendable {
    /// The address in host byte order, and the port.
    case ipv4(UInt32, port: UInt16)
    /// The sixteen bytes in network order as two big-endian halves, and the port.
    case ipv6(high: UInt64, low: UInt64, port: UInt16)
    /// An absolute or relative path of at most 107 bytes (man 7 unix).
    case unix(String)

    /// Parses `127.0.0.1:80`, `[::1]:80` or `unix:/run/app.sock`; nil for anything else. Names are
    /// not resolved.
    public init?(_ text: String) {
        // The C library would take the text to end there.
        guard !text.utf8.contains(0) else { return nil }
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, path.utf8.count <= SocketAddress.longestPath else { return nil }
            self = .unix(path)
            return
        }
        guard let colon = text.lastIndex(of: ":"),
            let port = SocketAddress.port(text[text.index(after: colon)...])
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            self.init(ipv6: String(host.dropFirst().dropLast()), port: port)
        } else {
            self.init(ipv4: String(host), port: port)
        }
    }

    /// The port; 0 for a Unix path.
    public var port: UInt16 {
        switch self {
        case .ipv4(_, let port), .ipv6(_, _, let port): port
        case .unix: 0
        }
    }

    /// The address without its port, as X-Forwarded-For wants it: `10.0.0.1`, `2001:db8::1`,
    /// `unix:` for a Unix socket, whose clients have no address.
    public var host: String {
        switch self {
        case .ipv4(let address, _):
            return "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
        case .ipv6(let high, let low, _):
            return SocketAddress.text(high: high, low: low)
        case .unix:
            return "unix:"
        }
    }

    /// `sun_path` has 108 bytes, one of which is the final zero.
    static let longestPath = 107

    private static func port(_ text: Substring) -> UInt16? {
        guard !text.isEmpty, text.utf8.count <= 5, text.utf8.allSatisfy({ 48...57 ~= $0 }) else {
            return nil
        }
        return UInt16(text)
    }

    private init?(ipv4 text: String, port: UInt16) {
        var address = in_addr()
        // SAFETY: inet_pton writes one in_addr.
        guard unsafe inet_pton(AF_INET, text, &address) == 1 else { return nil }
        self = .ipv4(UInt32(bigEndian: address.s_addr), port: port)
    }

    private init?(ipv6 text: String, port: UInt16) {
        var halves: (UInt64, UInt64) = (0, 0)
        // SAFETY: inet_pton writes sixteen bytes, which is what the tuple holds.
        guard unsafe inet_pton(AF_INET6, text, &halves) == 1 else { return nil }
        self = .ipv6(
            high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1), port: port)
    }

    private static func text(high: UInt64, low: UInt64) -> String {
        var halves = (high.bigEndian, low.bigEndian)
        // SAFETY: inet_ntop reads sixteen bytes and writes at most INET6_ADDRSTRLEN.
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 46) { text in
            guard let base = text.baseAddress,
                unsafe inet_ntop(AF_INET6, &halves, base, 46) != nil
            else { return "::" }
            return unsafe String(cString: base)
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// The form that ``init(_:)`` parses.
    public var description: String {
        switch self {
        case .ipv4(_, let port): "\(host):\(port)"
        case .ipv6(_, _, let port): "[\(host)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

extension SocketAddress? {
    /// ``SocketAddress/host`` as bytes; `unix:` for a peer without an address.
    package var hostBytes: [UInt8] {
        guard case .ipv4(let address, _)? = self else { return Array((self?.host ?? "unix:").utf8) }
        // By hand, since a String of four numbers costs thousands of instructions.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(15)
        for shift: UInt32 in [24, 16, 8, 0] {
            let number = UInt8(truncatingIfNeeded: address >> shift)
            if number > 99 { bytes.append(0x30 + number / 100) }
            if number > 9 { bytes.append(0x30 + number / 10 % 10) }
            bytes.append(0x30 + number % 10)
            if shift > 0 { bytes.append(0x2e) }
        }
        return bytes
    }
}
