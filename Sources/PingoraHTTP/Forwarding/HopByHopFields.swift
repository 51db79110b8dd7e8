/// The fields that concern one connection only and are not forwarded (RFC 9110 §7.6.1).
public enum HopByHopFields {
    private static let mask: UInt64 =
        FieldID.connection.bit | FieldID.keepAlive.bit | FieldID.proxyConnection.bit
        | FieldID.te.bit | FieldID.transferEncoding.bit | FieldID.upgrade.bit
        | FieldID.http2Settings.bit | FieldID.proxyAuthenticate.bit
        | FieldID.proxyAuthorization.bit

    /// What Connection can't take away: these are not the sender's to withhold from the next hop,
    /// or are framing, which is decided elsewhere.
    private static let kept: UInt64 =
        FieldID.host.bit | FieldID.contentLength.bit | FieldID.contentType.bit
        | FieldID.authorization.bit | FieldID.cookie.bit | FieldID.setCookie.bit
        | FieldID.cacheControl.bit

    /// Removes them, and what the Connection field lists: every name we know, and the first
    /// ``ListedNames/limit`` of a sender's own.
    public static func remove(from fields: inout Fields) {
        guard fields.mayHold & mask != 0 else { return }
        guard ConnectionOptions.areListed(in: fields) else {
            fields.removeLines(from: 0) { fields, index in fields.lines[index].id.bit & mask != 0 }
            return fields.forget(mask)
        }
        let listed = ListedNames(fields)
        let unwanted = mask | (listed.known & ~(kept | FieldID.other.bit))
        fields.removeLines(from: 0) { fields, index in
            let id = fields.lines[index].id
            return id == .other ? listed.holdName(index, of: fields) : id.bit & unwanted != 0
        }
        fields.forget(mask)
    }

    /// Whether a request asks to change the protocol: HTTP/1.1, `Connection: upgrade`, and an
    /// Upgrade field that is not empty (RFC 9110 §7.8). h2c is not offered, and CONNECT asks for a
    /// tunnel of its own.
    public static func isUpgrade(_ request: borrowing RequestHead) -> Bool {
        guard request.version == .http11, request.fields.mayHold(.upgrade),
            request.fields.mayHold(.connection), request.method != .connect
        else { return false }
        let fields = request.fields
        guard ConnectionOptions.contains("upgrade", in: fields) else { return false }
        var isAsked = false
        for index in fields.lines.indices where fields.lines[index].id == .upgrade {
            if ConnectionOptions.listContains("h2c", fields.value(index)) { return false }
            isAsked = isAsked || fields.lines[index].valueCount > 0
        }
        return isAsked
    }

    /// Whether a 101 switches to protocols that the request asked for, and to nothing else (RFC
    /// 9110 §7.8).
    public static func grants(
        _ response: borrowing ResponseHead, what request: borrowing RequestHead
    ) -> Bool {
        let (granted, asked) = (protocols(in: response.fields), protocols(in: request.fields))
        return response.version == .http11 && !granted.isEmpty
            && granted.allSatisfy(asked.contains)
    }

    /// The protocols that Upgrade lists, in lower case.
    private static func protocols(in fields: borrowing Fields) -> [String] {
        var protocols: [String] = []
        for line in fields.lines where line.id == .upgrade {
            protocols += fields.text(line.valueStart, line.valueCount).lowercased()
                .split { $0 == "," || $0 == " " || $0 == "\t" }.map(String.init)
        }
        return protocols
    }

    /// Puts back what asks for, or grants, a change of protocol.
    public static func copyUpgrade(from source: borrowing Fields, to fields: inout Fields) {
        for index in source.lines.indices where source.lines[index].id == .upgrade {
            fields.append(.upgrade, bytes: source.value(index))
        }
        fields.append(.connection, static: "upgrade", "")
    }
}
