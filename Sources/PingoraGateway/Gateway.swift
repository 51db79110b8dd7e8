public import PingoraCore
public import PingoraHTTP
import PingoraLB
public import PingoraProxy

/// The configured balancer: a ``ProxyHttp`` like any user's, made from a configuration.
public struct Gateway: ProxyHttp {
    /// What the callbacks of one request share.
    public struct Context {
        var upstream: UpstreamGroup?
        /// The server of the latest try.
        var server: Backend?
    }

    private let routes: RouteTable
    private let upstreams: [UpstreamGroup]
    private let forwarded: ForwardedFields.Trust?
    private let accessLog: AccessLog?

    /// A gateway as `configuration` wants it.
    ///
    /// - Parameter accessLog: where a line per request goes; nil for nowhere.
    public init(_ configuration: GatewayConfiguration, accessLog: LogWriter? = nil) {
        let routes = configuration.routes
        self.routes = RouteTable(routes.isEmpty ? [RouteTable.Route(upstream: 0)] : routes)
        upstreams = configuration.upstreams.map {
            UpstreamGroup($0, timeouts: configuration.upstreamTimeouts)
        }
        forwarded = configuration.forwarded
        self.accessLog = accessLog.map(AccessLog.init)
    }

    public func makeContext() -> Context { Context() }

    /// Chooses a server of the route's group; 404 where there is no route.
    public func upstreamPeer(
        _ session: borrowing Session, _ context: inout Context
    ) async throws -> HTTPPeer {
        guard let index = routes.only ?? routes.upstream(for: session.request) else {
            throw ProxyError.status(.notFound)
        }
        let upstream = upstreams[index]
        context.upstream = upstream
        guard let server = upstream.balancer.select() else { throw ProxyError.noHealthyUpstream }
        context.server = server
        return HTTPPeer(server.address, timeouts: upstream.timeouts)
    }

    /// Tells the server who asks, and through whom.
    public func upstreamRequestFilter(
        _ session: borrowing Session, _ request: inout RequestHead, _ context: inout Context
    ) async throws {
        let lines = session.forwardedLines ?? prepareForwardedLines(session)
        lines.add(to: &request.fields, trust: forwarded)
        if let host = context.upstream?.hostHeader {
            request.fields.replace(.host, bytes: host.span)
        }
    }

    /// What is added for every request of a client, made for its first one.
    private func prepareForwardedLines(_ session: borrowing Session) -> ForwardedLines {
        let lines = session.withClientHost {
            ForwardedLines(address: $0, scheme: "http", via: "pingora-lb")
        }
        session.forwardedLines = lines
        return lines
    }

    public func logging(
        _ session: borrowing Session, _ error: ProxyError?, _ context: inout Context
    ) async {
        accessLog?.write(session, server: context.server?.label, error)
    }
}
