import COpenSSL

/// SHA-256.
enum Digest {
    /// The 32 bytes of the digest of `bytes`.
    static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        // SAFETY: the call reads as many bytes as it is told and writes 32.
        unsafe SHA256(bytes, bytes.count, &digest)
        return digest
    }
}
