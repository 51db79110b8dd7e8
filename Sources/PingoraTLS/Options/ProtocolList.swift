/// Protocols as ALPN writes them (RFC 7301 section 3.1): each behind a byte with its length.
enum ProtocolList {
    /// - Throws: `TLSError` for a name that is empty or longer than 255 bytes.
    static func bytes(_ names: [String]) throws(TLSError) -> [UInt8] {
        var bytes: [UInt8] = []
        for name in names {
            guard (1...255).contains(name.utf8.count) else {
                throw .badName(name, reason: "a protocol of ALPN has 1 to 255 bytes")
            }
            bytes.append(UInt8(name.utf8.count))
            bytes += name.utf8
        }
        return bytes
    }
}
