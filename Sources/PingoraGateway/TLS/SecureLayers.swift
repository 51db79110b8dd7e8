import PingoraCore
import PingoraTLS

/// What the connections of a configuration are made secure with: its TLS, with all files read.
struct SecureLayers: Sendable {
    /// By the address of the listener.
    private(set) var listeners: [SocketAddress: TLSServerContext] = [:]
    /// By the name of the group.
    private(set) var upstreams: [String: TLSClientContext] = [:]
    private var watches: [CertificateWatch] = []

    /// Nothing is secure.
    init() {}

    /// Reads all files.
    ///
    /// - Parameter previous: those in use so far. A group whose options and files are still the
    ///   same goes on with its sessions.
    /// - Throws: `TLSError`, the first problem, with the file.
    init(
        _ configuration: GatewayConfiguration, _ keys: TicketKeyStore,
        keeping previous: SecureLayers = SecureLayers()
    ) throws(TLSError) {
        for (address, tls) in configuration.secureListeners
        where configuration.listeners.contains(address) {
            // What changes from here on is a change.
            let contents = FileContents(tls.options.files)
            let context = try TLSServerContext(tls.options, ticketKeys: try keys.keys())
            listeners[address] = context
            watches.append(CertificateWatch(of: context, at: address, contents))
        }
        for upstream in configuration.upstreams {
            guard let options = upstream.tls else { continue }
            let context = try TLSClientContext(options)
            let known = previous.upstreams[upstream.name]
            let isSame = known?.identity == context.identity && known?.options == options
            upstreams[upstream.name] = isSame ? known : context
        }
    }

    /// Begins to look after the files of the listeners.
    func startWatching() {
        guard !watches.isEmpty, let loop = BackgroundLoop.shared else { return }
        for watch in watches { watch.start(on: loop) }
    }

    /// Ends that.
    func stopWatching() {
        for watch in watches { watch.stop() }
    }
}

extension TLSServerOptions {
    /// The paths of all files that are read again.
    var files: [String] {
        var paths: [String] = []
        for certificate in certificates where certificate.contents == nil {
            paths += [certificate.chain, certificate.key]
            paths += [certificate.ocspResponse].compactMap { $0 }
        }
        switch clientCertificates {
        case .none: break
        case .optional(let path, _), .required(let path, _): paths.append(path)
        }
        return paths
    }
}
