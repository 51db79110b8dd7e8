import COpenSSL
import CTLS
public import PingoraCore

/// TLS for connections to a server: whom we trust, and who we are.
public final class TLSClientContext: TransportLayer, Sendable {
    /// How it was configured.
    public let options: TLSClientOptions
    /// Equal for equal options and equal files; see ``TransportLayer``.
    package let identity: UInt64
    private let context: LibraryContext
    private let sessions: SessionStore?
    private let names: AcceptedNames

    /// Reads and checks all files.
    ///
    /// - Throws: `TLSError`, the first problem, with the file.
    public init(_ options: TLSClientOptions) throws(TLSError) {
        self.options = options
        names = try AcceptedNames(options)
        if let name = options.serverName, HostName.normalized(name) == nil,
            !HostName.isAddress(name)
        {
            throw .badName(name, reason: "not a host name")
        }
        context = try LibraryContext(
            isServer: false, minimumVersion: options.minimumVersion.minor,
            keyLogFile: options.keyLogFile, usesKernel: options.usesKernel && KernelTLS.isOffered)
        sessions = options.resumesSessions ? SessionStore() : nil
        let pointer = unsafe context.pointer
        unsafe SSL_CTX_set_verify(
            pointer, options.verifiesCertificate ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        unsafe SSL_CTX_set_verify_depth(pointer, CInt(options.depth))
        if let authorities = options.authorities {
            try context.trust(authorities)
        } else if options.verifiesCertificate {
            try context.check(
                unsafe SSL_CTX_set_default_verify_paths(pointer), "the system's authorities")
        }
        if let certificate = options.certificate {
            try context.use(try CertificateChain(certificate))
        }
        let protocols = try ProtocolList.bytes(options.protocols)
        // This one returns 0 when it succeeds.
        if !protocols.isEmpty,
            unsafe SSL_CTX_set_alpn_protos(pointer, protocols, UInt32(protocols.count)) != 0
        {
            throw .library("protocols", reason: LibraryErrors.take())
        }
        identity = try TLSIdentity.number(of: options)
    }

    package func secure(
        _ connection: Connection, until deadline: MonotonicTime
    ) async throws(TransportError) {
        let transport = try makeTransport(on: connection)
        try await transport.handshake(on: connection, until: deadline)
    }

    /// A transport that has not begun.
    func makeTransport(on connection: Connection) throws(TransportError) -> TLSTransport {
        guard let socket = connection.socketNumber else { throw .closed }
        let origin = SessionOrigin(context, sessions, connection.peerAddress)
        let transport = try TLSTransport(
            from: origin, on: socket, usesSocketBIO: options.usesKernel && KernelTLS.isOffered)
        let stream = unsafe transport.stream
        let parameters = unsafe SSL_get0_param(ctls_ssl(stream))
        var isDone: CInt = 1
        if let name = options.serverName.flatMap(HostName.normalized), !HostName.isAddress(name) {
            isDone = unsafe ctls_set_server_name(stream, name)
        }
        switch names {
        case .any: break
        case .address(let address):
            isDone = unsafe isDone & X509_VERIFY_PARAM_set1_ip_asc(parameters, address)
        case .hosts(let names):
            unsafe X509_VERIFY_PARAM_set_hostflags(
                parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            for name in names {
                isDone =
                    unsafe isDone & X509_VERIFY_PARAM_add1_host(parameters, name, name.utf8.count)
            }
        }
        guard isDone == 1 else { throw .failed(LibraryErrors.take()) }
        unsafe origin.resume(on: stream)
        return transport
    }
}
