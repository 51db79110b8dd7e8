import COpenSSL
import PingoraCore

/// Files that hold certificates and keys.
enum PEMFile {
    /// A bundle of all public authorities has a quarter of this.
    static let limit = 1024 * 1024

    /// The bytes of the file.
    static func read(_ path: String) throws(TLSError) -> [UInt8] {
        do {
            return try BoundedFile.read(path, limit: limit)
        } catch {
            throw .file(path, reason: "\(error)")
        }
    }

    /// All certificates of the file, at least one.
    static func certificates(_ path: String) throws(TLSError) -> [Certificate] {
        try certificates(in: try read(path), of: path)
    }

    /// All certificates of `text`, at least one.
    static func certificates(
        in text: [UInt8], of path: String
    ) throws(TLSError) -> [Certificate] {
        let memory = try MemoryBIO(text, of: path)
        var certificates: [Certificate] = []
        while let next = unsafe PEM_read_bio_X509(memory.pointer, nil, nil, nil) {
            unsafe certificates.append(Certificate(owning: next))
        }
        // At its end the file begins no further certificate; another error means a broken one.
        let error = ERR_peek_last_error()
        let isEnd = ERR_reason(error) == PEM_R_NO_START_LINE
        let reason = LibraryErrors.take()
        guard isEnd else {
            throw .file(path, reason: "certificate \(certificates.count + 1): \(reason)")
        }
        guard !certificates.isEmpty else { throw .file(path, reason: "no certificate (PEM)") }
        return certificates
    }

    /// ERR_GET_REASON, which is a macro.
    private static func ERR_reason(_ code: UInt) -> CInt {
        CInt(truncatingIfNeeded: code & 0x7f_ffff)
    }
}
