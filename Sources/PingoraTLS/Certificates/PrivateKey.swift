import COpenSSL

/// The one owner of a private key.
@safe struct PrivateKey: ~Copyable {
    let pointer: OpaquePointer

    /// The key in a PEM file. One that is encrypted is refused: nobody is there to be asked.
    ///
    /// - Throws: `TLSError`, which says nothing of what the file holds.
    init(path: String) throws(TLSError) {
        try self.init(in: try PEMFile.read(path), of: path)
    }

    /// The key in `text`.
    init(in text: [UInt8], of path: String) throws(TLSError) {
        let memory = try MemoryBIO(text, of: path)
        // SAFETY: the callback answers that there is no password; without it OpenSSL asks the
        // terminal.
        let read = unsafe PEM_read_bio_PrivateKey(memory.pointer, nil, { _, _, _, _ in -1 }, nil)
        guard let key = unsafe read else {
            let reason = LibraryErrors.take()
            let isEncrypted = reason.contains("password") || reason.contains("bad decrypt")
            throw .file(
                path,
                reason: isEncrypted
                    ? "the private key is encrypted: store it without a password"
                    : "no private key (PEM)")
        }
        unsafe pointer = unsafe key
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// Whether it belongs to `certificate`.
    borrowing func fits(_ certificate: Certificate) -> Bool {
        let fits = unsafe X509_check_private_key(certificate.pointer, pointer) == 1
        if !fits { _ = LibraryErrors.take() }
        return fits
    }
}
