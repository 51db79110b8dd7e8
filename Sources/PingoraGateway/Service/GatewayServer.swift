public import PingoraCore
import PingoraProxy
public import PingoraTLS

/// A gateway on its listeners: what `pingora-lb` runs.
///
/// All of it belongs to the thread that made it.
public final class GatewayServer {
    private let server: Server
    private var configuration: GatewayConfiguration
    private var gateway: Gateway
    private var accessLog: LogWriter?
    private var layers: SecureLayers
    private let ticketKeys = TicketKeyStore()
    /// What ``services(for:)`` has prepared and ``commit()`` puts in force.
    private var next: Next?

    private struct Next {
        let configuration: GatewayConfiguration
        let gateway: Gateway
        let layers: SecureLayers
    }

    private static let name = "gateway"

    /// Opens what `configuration` names and binds nothing yet.
    ///
    /// - Parameter takesOver: whether it takes over from a process that runs.
    /// - Throws: `GatewayError` if the access log can't be opened, or a certificate not be used.
    public convenience init(
        _ configuration: GatewayConfiguration, takesOver: Bool = false
    ) throws(GatewayError) {
        try self.init(configuration, takesOver: takesOver, successorOf: nil)
    }

    /// As above, for a process that takes over from one that runs as `identity`.
    package init(
        _ configuration: GatewayConfiguration, takesOver: Bool, successorOf identity: Identity?
    ) throws(GatewayError) {
        self.configuration = configuration
        accessLog = try GatewayServer.open(configuration.accessLog)
        layers = try GatewayServer.layers(configuration, ticketKeys)
        gateway = Gateway(configuration, accessLog: accessLog, layers: layers)
        var options = GatewayServer.options(configuration, ticketKeys)
        options.upgrade.takesOver = takesOver
        options.upgrade.owner = identity.map { ($0.user, $0.group) }
        server = Server(options)
        server.add(GatewayServer.service(gateway, configuration, layers))
    }

    private static func options(
        _ configuration: GatewayConfiguration, _ secrets: TicketKeyStore
    ) -> ServerOptions {
        var options = ServerOptions(
            threads: configuration.threads,
            upstreamKeepalivePoolSize: configuration.upstreamKeepalivePoolSize,
            gracePeriod: configuration.gracePeriod)
        options.gracefulShutdownTimeout = configuration.gracefulShutdownTimeout
        options.upgrade = upgradeOptions(configuration)
        options.upgrade.secrets = secrets
        return options
    }

    private static func upgradeOptions(_ configuration: GatewayConfiguration) -> UpgradeOptions {
        var options = UpgradeOptions()
        options.socketPath = configuration.upgradeSocket
        options.wait = configuration.upgrade.wait
        options.preparation = configuration.upgrade.preparation
        options.probation = configuration.upgrade.probation
        options.prover = HTTPProbes(
            configuration.upgrade.probes.map {
                HTTPProbes.Probe(
                    $0.path, host: $0.host, method: $0.method, statuses: $0.statuses)
            }, count: configuration.upgrade.probeRequests, service: name)
        return options
    }

    private static func service(
        _ gateway: Gateway, _ configuration: GatewayConfiguration, _ layers: SecureLayers
    ) -> ProxyService<Gateway> {
        ProxyService(
            gateway, listen: configuration.listeners, options: configuration.proxy, name: name,
            layers: layers.listeners)
    }

    private static func layers(
        _ configuration: GatewayConfiguration, _ keys: TicketKeyStore,
        keeping previous: SecureLayers = SecureLayers()
    ) throws(GatewayError) -> SecureLayers {
        do {
            return try SecureLayers(configuration, keys, keeping: previous)
        } catch {
            throw .cannotUseTLS(error)
        }
    }

    private static func open(
        _ destination: LogWriter.Destination?
    ) throws(GatewayError) -> LogWriter? {
        guard let destination else { return nil }
        do {
            return try LogWriter(destination)
        } catch {
            throw .cannotOpenAccessLog(error)
        }
    }

    /// Binds the listeners, or takes them over, and starts to serve.
    ///
    /// - Parameter didBind: called when all sockets are there and nothing runs yet.
    /// - Throws: `ServerError` naming the address that can't be bound.
    public func start(
        didBind: () throws -> Void = {}
    ) throws(ServerError) -> RunningServer {
        let running = try server.start(didBind: didBind)
        gateway.start()
        layers.startWatching()
        return running
    }

    /// The services and options of another configuration, for a server that runs: groups of servers
    /// that stay as they are keep their state, and what is logged to the same place keeps its file.
    ///
    /// - Throws: `GatewayError` if the access log can't be opened, or a certificate not be used;
    ///   nothing has changed.
    public func services(
        for configuration: GatewayConfiguration
    ) throws(GatewayError) -> (services: [any Service], options: ServerOptions) {
        let writer = try logWriter(for: configuration.accessLog)
        let layers = try GatewayServer.layers(configuration, ticketKeys, keeping: self.layers)
        let gateway = Gateway(
            configuration, accessLog: writer, layers: layers, keeping: self.gateway)
        next = Next(configuration: configuration, gateway: gateway, layers: layers)
        return (
            [GatewayServer.service(gateway, configuration, layers)],
            GatewayServer.options(configuration, ticketKeys)
        )
    }

    /// Another place needs another writer; the earlier one ends with the last request that uses it.
    private func logWriter(
        for destination: LogWriter.Destination?
    ) throws(GatewayError) -> LogWriter? {
        guard destination != configuration.accessLog else { return accessLog }
        return try GatewayServer.open(destination)
    }

    /// The services that were prepared serve.
    public func commit() {
        guard let prepared = next else { return }
        next = nil
        configuration = prepared.configuration
        let gateway = prepared.gateway
        gateway.start(after: self.gateway)
        self.gateway.stop(before: gateway)
        self.gateway = gateway
        accessLog?.flush()
        accessLog = gateway.accessLogWriter
        layers.stopWatching()
        layers = prepared.layers
        layers.startWatching()
    }

    /// Opens the file of the access log anew, after a rotation.
    ///
    /// - Throws: `SystemError`; the earlier file stays in use.
    package func reopenLog() throws(SystemError) { try accessLog?.reopen() }

    /// Lets the user that the process becomes open the file of the access log anew.
    package func giveLog(to owner: Identity) { accessLog?.give(to: owner) }

    /// Writes what the access log still holds, within a second.
    public func flush() {
        accessLog?.flush(within: .seconds(1))
    }
}

/// Why a gateway could not be made.
public enum GatewayError: Error, CustomStringConvertible {
    case cannotOpenAccessLog(SystemError)
    case cannotUseTLS(TLSError)

    public var description: String {
        switch self {
        case .cannotOpenAccessLog(let error): "access_log: \(error)"
        case .cannotUseTLS(let error): "tls: \(error)"
        }
    }
}
