/// What a proxy tells the next hop about the client (X-Forwarded-*) and itself (Via).
public enum ForwardedFields {
    /// What becomes of what the client itself sent in X-Forwarded-*.
    public enum Trust: Sendable {
        /// It is thrown away: clients are strangers.
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

    /// Adds this hop to Via (RFC 9110 §7.6.3): `1.1 ` and `name`.
    public static func appendVia(_ name: StaticString, to fields: inout Fields) {
        guard fields.contains(.via) else { return fields.append(.via, static: "1.1 ", name) }
        var hops: [UInt8] = []
        fields.appendValues(of: .via, to: &hops)
        hops.append(static: "1.1 ")
        hops.append(static: name)
        fields.replace(.via, bytes: hops.span)
    }
}
