/// ``ForwardedFields`` of one client connection, made once: for most requests adding them is two
/// moves of memory. A class, so that a request takes it with one reference.
public final class ForwardedLines: Sendable {
    /// X-Forwarded-For, X-Forwarded-Proto and Via.
    private let lines: Fields
    private let address: [UInt8]
    private let scheme: StaticString
    private let via: StaticString

    /// The lines for a client.
    ///
    /// - Parameters:
    ///   - address: the client's address without port.
    ///   - scheme: `http` or `https`.
    ///   - via: our name in Via.
    public init(address: borrowing Span<UInt8>, scheme: StaticString, via: StaticString) {
        var lines = Fields()
        lines.append(.xForwardedFor, bytes: address)
        lines.append(.xForwardedProto, static: scheme, "")
        lines.append(.via, static: "1.1 ", via)
        self.lines = lines
        var copy: [UInt8] = []
        copy.append(bytes: address)
        self.address = copy
        self.scheme = scheme
        self.via = via
    }

    /// Adds them, as ``ForwardedFields/set(on:address:scheme:trust:)`` and
    /// ``ForwardedFields/appendVia(_:to:version:)`` do.
    ///
    /// - Parameters:
    ///   - version: that of the request as it came.
    ///   - trust: what becomes of what the client sent; nil adds Via only.
    public func add(
        to fields: inout Fields, version: Version = .http11, trust: ForwardedFields.Trust?
    ) {
        guard let trust else {
            return ForwardedFields.appendVia(via, to: &fields, version: version)
        }
        guard fields.mayHold & ForwardedLines.mask == 0, version == .http11 else {
            let address = address
            ForwardedFields.set(on: &fields, address: address.span, scheme: scheme, trust: trust)
            return ForwardedFields.appendVia(via, to: &fields, version: version)
        }
        if trust == .overwrite { ForwardedFields.removeClaims(&fields) }
        fields.append(contentsOf: lines)
        _ = fields.copyValue(of: .host, to: .xForwardedHost)
    }

    /// What a client that is no proxy does not send.
    private static let mask: UInt64 =
        FieldID.xForwardedFor.bit | FieldID.xForwardedProto.bit | FieldID.xForwardedHost.bit
        | FieldID.forwarded.bit | FieldID.via.bit
}
