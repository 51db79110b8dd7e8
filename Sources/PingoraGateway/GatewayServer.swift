public import PingoraCore
import PingoraProxy

/// A gateway on its listeners: what `pingora-lb` runs.
public final class GatewayServer {
    private let server: Server
    private let accessLog: LogWriter?

    /// Opens what `configuration` names and binds nothing yet.
    ///
    /// - Throws: `GatewayError` if the access log can't be opened.
    public init(_ configuration: GatewayConfiguration) throws(GatewayError) {
        do {
            accessLog = try configuration.accessLog.map { try LogWriter($0) }
        } catch let error as SystemError {
            throw .cannotOpenAccessLog(error)
        } catch {
            throw .cannotOpenAccessLog(SystemError(call: "open", code: 0))
        }
        server = Server(
            ServerOptions(
                threads: configuration.threads,
                upstreamKeepalivePoolSize: configuration.upstreamKeepalivePoolSize,
                gracePeriod: configuration.gracePeriod))
        server.add(
            ProxyService(
                Gateway(configuration, accessLog: accessLog), listen: configuration.listeners,
                options: configuration.proxy, name: "gateway"))
    }

    /// Binds the listeners and starts to serve.
    ///
    /// - Throws: `ServerError` naming the address that can't be bound.
    public func start() throws(ServerError) -> RunningServer {
        try server.start()
    }

    /// Writes what the access log still holds.
    public func flush() {
        accessLog?.flush()
    }
}

/// Why a gateway could not be made.
public enum GatewayError: Error, CustomStringConvertible {
    case cannotOpenAccessLog(SystemError)

    public var description: String {
        switch self {
        case .cannotOpenAccessLog(let error): "access_log: \(error)"
        }
    }
}
