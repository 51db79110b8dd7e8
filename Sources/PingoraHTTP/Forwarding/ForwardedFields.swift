/// What a proxy tells the next hop about the client (X-Forwarded-*) and itself (Via).
public enum ForwardedFields {
    /// What becomes of what the client itself sent in X-Forwarded-*.
    public enum Trust: Sendable {
        /// It is thrown away, and with it what applications trust as much: Forwarded (RFC 7239),
        /// X-Real-IP and every other X-Forwarded-..., also where `_` stands for `-`, which CGI
        /// can't tell apart. Clients are strangers.
        case overwrite
        /// It is kept, and ours added: clients are proxies of ours.
        case append
    }

    /// Sets X-Forwarded-For, -Proto and -Host. Allocates nothing where the client sent none.
    ///
    /// - Parameters:
    ///   - address: the client's address without port.
    ///   - scheme: `http` or `https`.
    public static func set(
        on fields: inout Fields, address: borrowing Span<UInt8>, scheme: StaticString,
        trust: Trust = .overwrite
    ) {
        if trust == .overwrite { removeClaims(&fields) }
        if trust == .append, fields.contains(.xForwardedFor) {
            var list: [UInt8] = []
            fields.appendValues(of: .xForwardedFor, to: &list)
            list.append(bytes: address)
            fields.replace(.xForwardedFor, bytes: list.span)
        } else {
            fields.replace(.xForwardedFor, bytes: address)
        }
        if trust == .overwrite || !fields.contains(.xForwardedProto) {
            fields.replace(.xForwardedProto, static: scheme)
        }
        guard trust == .overwrite || !fields.contains(.xForwardedHost) else { return }
        if !fields.copyValue(of: .host, to: .xForwardedHost) { fields.remove(.xForwardedHost) }
    }

    static func removeClaims(_ fields: inout Fields) {
        guard fields.mayHold(.forwarded) || fields.mayHold(.other) else { return }
        fields.removeLines(from: 0) { fields, index in
            switch fields.lines[index].id {
            case .forwarded: true
            case .other: isClaim(fields.name(index))
            default: false
            }
        }
    }

    /// Whether applications take a field of this name, which is no known one, for the word of a
    /// proxy on the client.
    static func isClaim(_ name: borrowing Span<UInt8>) -> Bool {
        name.hasCGIPrefix("x-forwarded-") || name.count == 9 && name.hasCGIPrefix("x-real-ip")
    }

    /// Adds this hop to Via (RFC 9110 §7.6.3): the version that the message came in, and `name`.
    public static func appendVia(
        _ name: StaticString, to fields: inout Fields, version: Version = .http11
    ) {
        let version: StaticString = version == .http10 ? "1.0 " : "1.1 "
        guard fields.contains(.via) else { return fields.append(.via, static: version, name) }
        var hops: [UInt8] = []
        fields.appendValues(of: .via, to: &hops)
        hops.append(static: version)
        hops.append(static: name)
        fields.replace(.via, bytes: hops.span)
    }
}
