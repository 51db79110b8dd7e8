import PingoraCore
import PingoraHTTP
import PingoraLB
import PingoraTLS

/// The cookie that leads a client back to its server.
///
/// Its value names the server by a keyed digest of its address: it tells nobody where servers are,
/// and a client can't make one for another server. Nothing is kept, so that a cookie is good after
/// a restart, an upgrade, and on every other proxy with the same secret.
struct StickyCookie: Sendable {
    private let options: GatewayConfiguration.Sticky
    /// `; Path=/; HttpOnly`, and so on.
    private let attributes: String

    init(_ options: GatewayConfiguration.Sticky) {
        self.options = options
        var attributes = "; Path=/; HttpOnly; SameSite=Lax"
        if options.isSecure { attributes += "; Secure" }
        if let age = options.maximumAge {
            attributes += "; Max-Age=\(age.nanoseconds / 1_000_000_000)"
        }
        self.attributes = attributes
    }

    /// What stands for a server: the first 16 bytes of the digest, which nobody guesses.
    func tag(of backend: Backend) -> BackendTag {
        let text = "server:\(backend.address)"
        let code = KeyedDigest.sha256(Array(text.utf8), key: options.secret)
        return BackendTag(
            high: code[..<8].reduce(0) { $0 << 8 | UInt64($1) },
            low: code[8..<16].reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// Which server the client comes back to; nil where it does not say, or nothing that we said.
    func tag(in fields: borrowing Fields) -> BackendTag? {
        fields.withValue(of: .cookie) { list in
            guard let range = CookieList.value(of: options.cookie, in: list) else { return nil }
            return StickyCookie.tag(list.extracting(range))
        }
    }

    /// 32 hexadecimal digits.
    static func tag(_ text: Span<UInt8>) -> BackendTag? {
        guard text.count == 32 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for index in 0..<32 {
            let digit: UInt8
            switch text[index] {
            case 48...57: digit = text[index] - 48
            case 97...102: digit = text[index] - 87
            default: return nil
            }
            words = (words.0 << 4 | words.1 >> 60, words.1 << 4 | UInt64(digit))
        }
        return BackendTag(high: words.0, low: words.1)
    }

    /// What Set-Cookie says.
    func text(for tag: BackendTag) -> String {
        let digits = [tag.high, tag.low].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return "\(options.cookie)=\(digits.joined())\(attributes)"
    }
}
