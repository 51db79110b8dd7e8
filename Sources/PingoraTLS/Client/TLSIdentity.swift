import Synchronization

/// Numbers for what makes two connections different: options, and the bytes of the files they name.
/// What Pingora leaves out of its key (authorities, ALPN) counts as well.
enum TLSIdentity {
    private struct Content: Hashable {
        let options: TLSClientOptions
        /// SHA-256 of all files.
        let digest: [UInt8]
    }

    /// It grows by one entry with each change of a configuration.
    private static let numbers = Mutex<[Content: UInt64]>([:])

    /// The number of `options` with the files as they are now; 0 and 1 are never given.
    static func number(of options: TLSClientOptions) throws(TLSError) -> UInt64 {
        let paths = [
            options.authorities, options.certificate?.chain, options.certificate?.key,
        ]
        var digests: [UInt8] = []
        for path in paths.compactMap({ $0 }) {
            digests += Digest.sha256(try PEMFile.read(path))
        }
        let content = Content(options: options, digest: Digest.sha256(digests))
        return numbers.withLock { numbers in
            if let known = numbers[content] { return known }
            let number = UInt64(numbers.count) + 2
            numbers[content] = number
            return number
        }
    }
}
