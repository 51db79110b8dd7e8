import COpenSSL

/// Bytes for OpenSSL to read.
///
/// Invariant: OpenSSL reads the bytes where they are, so this owns both.
@safe struct MemoryBIO: ~Copyable {
    let pointer: OpaquePointer
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    /// Bytes that came from `path`.
    init(_ text: [UInt8], of path: String) throws(TLSError) {
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
        _ = unsafe bytes.initialize(fromContentsOf: text)
        guard let made = unsafe BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count)) else {
            unsafe bytes.deallocate()
            throw .file(path, reason: text.isEmpty ? "empty" : LibraryErrors.take())
        }
        unsafe pointer = unsafe made
        unsafe self.bytes = unsafe bytes
    }

    deinit {
        unsafe BIO_free(pointer)
        // It may have held a key.
        unsafe OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        unsafe bytes.deallocate()
    }
}
