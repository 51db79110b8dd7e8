/// Text that a peer chose, made safe for a log line.
enum PeerText {
    /// The UTF-8 in `bytes`, with control characters escaped and wrong bytes replaced.
    static func printable(_ bytes: some Collection<UInt8>) -> String {
        var text = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if scalar.properties.generalCategory == .control
                || scalar.properties.generalCategory == .format
                || scalar.properties.generalCategory == .lineSeparator
                || scalar.properties.generalCategory == .paragraphSeparator
            {
                text += scalar.escaped(asASCII: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The printable text in `bytes`, cut where escapes made it too long to be sent on.
    static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: PeerText.bytes(printable(bytes)), as: UTF8.self)
    }

    /// The UTF-8 of `text`, cut between two characters where it is too long for the wire.
    static func bytes(_ text: String) -> [UInt8] {
        guard text.utf8.count > FormatLimits.textBytes else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            let encoded = UTF8.encode(scalar).map(Array.init) ?? []
            guard bytes.count + encoded.count <= FormatLimits.textBytes else { break }
            bytes += encoded
        }
        return bytes
    }
}
