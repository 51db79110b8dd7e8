import Glibc

/// The bytes of a configuration file.
public enum ConfigurationText {
    /// Reads `file` to its end, but no more than ``YAMLLimits/bytes`` and one byte more, which the
    /// parser then reports.
    ///
    /// - Throws: `ConfigurationError.unreadable`.
    public static func read(file: String) throws(ConfigurationError) -> [UInt8] {
        // SAFETY: the path lives during the call.
        let descriptor = unsafe file.withCString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .unreadable(file: file, code: errno) }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while text.count <= YAMLLimits.bytes {
            // SAFETY: the chunk lives during the call, which writes no more than its size.
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(file: file, code: errno) }
            guard count > 0 else { break }
            text += chunk[..<count]
        }
        return text
    }
}
