import COpenSSL
import CTLS
import PingoraCore

/// What a listener's files and options amount to: made whole, never changed, replaced by a reload.
/// A connection keeps the one it began with.
///
/// @unchecked: `server` and `protocols` are written in `init` only.
@safe final class ServerMaterial: @unchecked Sendable {
    /// By certificate, in the order of the options.
    let contexts: [LibraryContext]
    private let choice: CertificateChoice
    private let ticketKeys: TicketKeys
    /// What CTLS gets; points to `protocols` and to this object.
    let server: UnsafeMutablePointer<ctls_server>
    private let protocols: UnsafeMutableBufferPointer<UInt8>

    /// Reads and checks all files.
    init(_ options: TLSServerOptions, _ ticketKeys: TicketKeys) throws(TLSError) {
        var contexts: [LibraryContext] = []
        var names: [[String]] = []
        for files in options.certificates {
            let chain = try CertificateChain(files)
            contexts.append(try ServerMaterial.context(for: chain, options))
            names.append(chain.names)
        }
        guard !contexts.isEmpty else { throw .noCertificate }
        self.contexts = contexts
        choice = CertificateChoice(names: names)
        self.ticketKeys = ticketKeys
        let wire = try ProtocolList.bytes(options.protocols)
        unsafe protocols = .allocate(capacity: wire.count)
        _ = unsafe protocols.initialize(fromContentsOf: wire)
        unsafe server = .allocate(capacity: 1)
        // SAFETY: a stream keeps this object, and so all of it, for as long as it may call.
        let start = unsafe protocols.baseAddress.map { unsafe UnsafePointer($0) }
        unsafe server.initialize(
            to: ctls_server(
                owner: Unmanaged.passUnretained(self).toOpaque(),
                choose: { unsafe ServerMaterial.at($0).choose($1) },
                find_key: { unsafe ServerMaterial.at($0).ticketKeys.find($1, $2) },
                protocols: wire.isEmpty ? nil : start, protocols_count: UInt32(wire.count)))
    }

    deinit {
        unsafe server.deallocate()
        unsafe protocols.deallocate()
    }

    private static func at(_ owner: UnsafeMutableRawPointer) -> ServerMaterial {
        unsafe Unmanaged<ServerMaterial>.fromOpaque(owner).takeUnretainedValue()
    }

    private func choose(_ name: UnsafePointer<CChar>) -> OpaquePointer? {
        let index = choice.index(for: unsafe String(cString: name))
        return index == 0 ? nil : unsafe contexts[index].pointer
    }

    private static func context(
        for chain: borrowing CertificateChain, _ options: TLSServerOptions
    ) throws(TLSError) -> LibraryContext {
        let context = try LibraryContext(
            isServer: true, minimumVersion: options.profile.minimumVersion,
            keyLogFile: options.keyLogFile, usesKernel: options.usesKernel && KernelTLS.isOffered)
        let pointer = unsafe context.pointer
        try context.check(
            unsafe SSL_CTX_set_cipher_list(pointer, TLSProfile.ciphers), "ciphers of TLS 1.2")
        try context.check(
            unsafe SSL_CTX_set_ciphersuites(pointer, TLSProfile.modernCiphers),
            "ciphers of TLS 1.3")
        try context.check(unsafe ctls_set_groups(pointer, TLSProfile.groups), "groups")
        try context.use(chain)
        if let path = chain.files.ocspResponse {
            let response = try StapledResponse.read(path)
            try context.check(
                unsafe ctls_staple(pointer, response, response.count), "OCSP response")
        }
        unsafe ctls_set_ticket_count(pointer, options.ticketCount)
        // A day: as long as the keys of tickets last at least.
        unsafe SSL_CTX_set_timeout(pointer, 24 * 3600)
        try authenticateClients(context, options.clientCertificates)
        return context
    }

    /// Clients' certificates, and which tickets are good here.
    private static func authenticateClients(
        _ context: LibraryContext, _ policy: TLSServerOptions.ClientCertificates
    ) throws(TLSError) {
        let pointer = unsafe context.pointer
        var identity: [UInt8] = []
        switch policy {
        case .none: unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_NONE, nil)
        case .optional(let path, let depth), .required(let path, let depth):
            var mode = SSL_VERIFY_PEER
            if case .required = policy { mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT }
            unsafe SSL_CTX_set_verify(pointer, mode, nil)
            unsafe SSL_CTX_set_verify_depth(pointer, CInt(depth))
            try context.trust(path)
            for authority in try PEMFile.certificates(path) {
                unsafe SSL_CTX_add_client_CA(pointer, authority.pointer)
            }
            identity = try PEMFile.read(path) + [UInt8(truncatingIfNeeded: mode)]
            identity.append(UInt8(truncatingIfNeeded: depth))
        }
        // A ticket says that a client was let in where it was issued. All listeners share the keys,
        // so it must be worth nothing where clients are checked otherwise.
        let digest = Digest.sha256(identity)
        try context.check(
            unsafe SSL_CTX_set_session_id_context(pointer, digest, UInt32(digest.count)),
            "session context")
    }
}
