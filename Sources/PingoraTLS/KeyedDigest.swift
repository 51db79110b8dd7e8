import COpenSSL

/// HMAC with SHA-256 (RFC 2104, RFC 4231): what only those can make who know the key.
package enum KeyedDigest {
    /// The 32 bytes of the code of `bytes`.
    package static func sha256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 32
        // SAFETY: the call reads as many bytes as it is told and writes at most 32.
        unsafe HMAC(EVP_sha256(), key, CInt(key.count), bytes, bytes.count, &code, &count)
        return code
    }
}
