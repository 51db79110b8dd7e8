import COpenSSL
import CTLS

/// One key for session tickets (RFC 5077 section 4): AES-256 to encrypt, HMAC-SHA-256 to
/// authenticate, and a name by which tickets say which key they need.
///
/// Whoever has it can read the connections that its tickets resume: it is never printed.
struct TicketKey: Equatable, Sendable, CustomStringConvertible {
    static let nameSize = 16
    static let size = 80

    /// The name, the key of the cipher (32 bytes) and that of the authentication (32 bytes).
    let bytes: [UInt8]

    /// A key of `bytes`; nil unless there are 80 of them.
    init?(bytes: [UInt8]) {
        guard bytes.count == TicketKey.size else { return nil }
        self.bytes = bytes
    }

    /// A key that nobody can guess; nil where the system has no randomness to give.
    static func random() -> TicketKey? {
        var bytes = [UInt8](repeating: 0, count: size)
        // SAFETY: the call fills as many bytes as it is told.
        guard unsafe RAND_priv_bytes(&bytes, CInt(size)) == 1 else { return nil }
        return TicketKey(bytes: bytes)
    }

    var name: ArraySlice<UInt8> { bytes.prefix(TicketKey.nameSize) }

    /// The name alone.
    var description: String { "ticket key \(Hexadecimal.text(of: name))" }
}
