/// The fields that concern one connection only and are not forwarded (RFC 9110 §7.6.1).
public enum HopByHopFields {
    private static let always: [FieldID] = [
        .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade,
        .http2Settings, .proxyAuthenticate, .proxyAuthorization,
    ]
    private static let mask = always.reduce(0 as UInt64) { $0 | $1.bit }

    /// What Connection can't take away: these are not the sender's to withhold from the next hop,
    /// or are framing, which is decided elsewhere.
    private static let kept: UInt64 =
        FieldID.host.bit | FieldID.contentLength.bit | FieldID.contentType.bit
        | FieldID.authorization.bit | FieldID.cookie.bit | FieldID.setCookie.bit
        | FieldID.cacheControl.bit

    /// Removes them, and what the Connection field lists.
    public static func remove(from fields: inout Fields) {
        guard fields.mayHold & mask != 0 else { return }
        if fields.mayHold(.connection) { removeListed(&fields) }
        fields.removeLines(from: 0) { fields, index in fields.lines[index].id.bit & mask != 0 }
        fields.forget(mask)
    }

    /// Whether a request asks to change the protocol: HTTP/1.1, `Connection: upgrade`, and an
    /// Upgrade field (RFC 9110 §7.8). HTTP/2 over an upgrade (h2c) is not offered.
    public static func isUpgrade(_ request: borrowing RequestHead) -> Bool {
        let fields = request.fields
        guard request.version == .http11, fields.mayHold(.upgrade), fields.mayHold(.connection)
        else { return false }
        guard ConnectionOptions.contains("upgrade", in: fields) else { return false }
        for index in fields.lines.indices where fields.lines[index].id == .upgrade {
            if ConnectionOptions.listContains("h2c", fields.value(index)) { return false }
        }
        return true
    }

    /// Puts back what asks for, or grants, a change of protocol.
    public static func copyUpgrade(from source: borrowing Fields, to fields: inout Fields) {
        for index in source.lines.indices where source.lines[index].id == .upgrade {
            fields.append(.upgrade, bytes: source.value(index))
        }
        fields.append(.connection, "upgrade")
    }

    /// Removes the fields that are named in Connection. One pass over the list marks known names
    /// in a set; only names we don't know are searched for, and a sender may list 32 of those.
    private static func removeListed(_ fields: inout Fields) {
        let (listed, unknown) = members(fields)
        let known = listed & ~(kept | FieldID.other.bit)
        fields.removeLines(from: 0) { fields, index in
            let id = fields.lines[index].id
            guard id == .other else { return id.bit & known != 0 }
            return unknown.contains { fields.hasName($0.span, at: index) }
        }
    }

    private static func members(
        _ fields: borrowing Fields
    ) -> (known: UInt64, unknown: [[UInt8]]) {
        var known: UInt64 = 0
        var unknown: [[UInt8]] = []
        for line in fields.lines.indices where fields.lines[line].id == .connection {
            collectMembers(of: fields.value(line), &known, &unknown)
        }
        return (known, unknown)
    }

    private static func collectMembers(
        of list: borrowing Span<UInt8>, _ known: inout UInt64, _ unknown: inout [[UInt8]]
    ) {
        var start = 0
        while start <= list.count {
            let end = list.end(of: { $0 != 0x2c }, from: start)
            let member = ConnectionOptions.trimmed(list, start, end)
            let id = FieldID.recognise(member)
            known |= id.bit
            if id == .other, member.count > 0, unknown.count < 32,
                !member.equalsIgnoringCase("close")
            {
                var name: [UInt8] = []
                name.append(bytes: member)
                unknown.append(name)
            }
            start = end + 1
        }
    }
}
