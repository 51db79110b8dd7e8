/// Which versions and ciphers a listener accepts: Mozilla's recommendations of 2024
/// (https://wiki.mozilla.org/Security/Server_Side_TLS).
public enum TLSProfile: String, Hashable, Sendable, CaseIterable {
    /// TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only. Of Mozilla's list
    /// the ciphers with finite-field Diffie-Hellman are left out: they cost a server much, a client
    /// nothing, and who knows no elliptic curve knows none of the others either.
    case intermediate
    /// TLS 1.3 only.
    case modern

    /// The oldest version, as `x` in TLS 1.x.
    var minimumVersion: CInt {
        switch self {
        case .intermediate: 2
        case .modern: 3
        }
    }

    /// The ciphers of TLS 1.2. The client's order decides, which knows its own hardware.
    static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    /// The ciphers of TLS 1.3.
    static let modernCiphers =
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

    /// The groups for the exchange of keys.
    static let groups = "X25519:P-256:P-384"
}
