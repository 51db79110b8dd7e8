/// What a socket is called in a hand-over: its normalised address, say. Any bytes, spaces and zeros
/// included; 1 to ``FormatLimits/nameBytes`` of them.
public struct SocketName: Hashable, Sendable, CustomStringConvertible {
    /// The bytes as they travel.
    public let bytes: [UInt8]

    /// A name of these bytes.
    ///
    /// - Throws: `FormatError` when there are none or too many.
    public init(bytes: [UInt8]) throws(FormatError) {
        guard 1...FormatLimits.nameBytes ~= bytes.count else {
            throw FormatError(.badNameLength(bytes.count), at: 0)
        }
        self.bytes = bytes
    }

    /// A name of the UTF-8 of `text`.
    ///
    /// - Throws: `FormatError` when it is empty or too long.
    public init(_ text: String) throws(FormatError) {
        try self.init(bytes: Array(text.utf8))
    }

    /// The name for a log: control characters escaped.
    public var description: String { PeerText.printable(bytes) }
}
