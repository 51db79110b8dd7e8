import COpenSSL
import PingoraCore

/// An OCSP response that a server shows along with its certificate (RFC 6066 section 8).
enum StapledResponse {
    /// A response is below 4 KiB; what is much longer is something else.
    private static let limit = 64 * 1024

    /// The bytes of the file, which hold a response that was successful.
    static func read(_ path: String) throws(TLSError) -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, limit: limit)
        } catch {
            throw .file(path, reason: "\(error)")
        }
        let read = unsafe bytes.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_OCSP_RESPONSE(nil, &position, CLong(bytes.count))
        }
        guard let response = unsafe read else {
            _ = LibraryErrors.take()
            throw .file(path, reason: "no OCSP response (DER)")
        }
        defer { unsafe OCSP_RESPONSE_free(response) }
        let status = unsafe OCSP_response_status(response)
        guard status == OCSP_RESPONSE_STATUS_SUCCESSFUL else {
            throw .file(path, reason: "the OCSP response says that it failed (status \(status))")
        }
        return bytes
    }
}
