import PingoraCore
public import PingoraHTTP
import PingoraLB
public import PingoraProxy

/// The configured balancer: a ``ProxyHttp`` like any user's, made from a configuration.
public struct Gateway: ProxyHttp {
    /// What the callbacks of one request share.
    public struct Context {
        var upstream: UpstreamGroup?
        /// The server of the latest try, for the log.
        var server: Backend?
        /// The try at hand; nil while there is none.
        var use: BackendUse?
        /// Servers that have failed the request, and how the last one did.
        var tried: [BackendUse] = []
        var failure: ProxyError?
    }

    /// What we are called in Via.
    private static let viaName: StaticString = "pingora-lb"

    private let routes: RouteTable
    private let upstreams: [UpstreamGroup]
    private let forwarded: ForwardedFields.Trust?
    private let accessLog: AccessLog?
    private let subjects: ClientSubjects

    /// A gateway as `configuration` wants it.
    ///
    /// - Parameters:
    ///   - accessLog: where a line per request goes; nil for nowhere.
    ///   - layers: what connections to servers are made secure with.
    ///   - previous: the gateway it replaces. Groups of servers that are the same in both go on as
    ///     they are; of others with the same name, what is known of the servers is kept.
    init(
        _ configuration: GatewayConfiguration, accessLog: LogWriter? = nil,
        layers: SecureLayers = SecureLayers(), keeping previous: Gateway? = nil
    ) {
        let routes = configuration.routes
        self.routes = RouteTable(routes.isEmpty ? [RouteTable.Route(upstream: 0)] : routes)
        upstreams = configuration.upstreams.map { wanted in
            let timeouts = configuration.upstreamTimeouts
            let layer = layers.upstreams[wanted.name]
            let known = previous?.upstreams.first { $0.serves(wanted, timeouts, layer) }
            if let known { return known }
            return UpstreamGroup(
                wanted, timeouts: timeouts, layer: layer,
                found: configuration.discovered[wanted.name] ?? [],
                replacing: previous?.upstreams.first { $0.configuration.name == wanted.name })
        }
        forwarded = configuration.forwarded
        self.accessLog = accessLog.map(AccessLog.init)
        subjects = ClientSubjects(configuration.secureListeners)
    }

    /// Begins to check servers and to look for them, but for groups that `previous` has begun with.
    func start(after previous: Gateway? = nil) {
        for upstream in upstreams where !(previous?.has(upstream) ?? false) { upstream.start() }
    }

    /// Ends that, but for groups that `next` has, too.
    func stop(before next: Gateway) {
        for upstream in upstreams where !next.has(upstream) { upstream.stop() }
    }

    private func has(_ upstream: UpstreamGroup) -> Bool {
        upstreams.contains { $0 === upstream }
    }

    var accessLogWriter: LogWriter? { accessLog?.writer }

    public func makeContext() -> Context { Context() }

    /// Chooses a server of the route's group; 404 where there is no route, 508 for a request that
    /// goes round, 503 where no server is fit or all are busy for too long.
    public func upstreamPeer(
        _ session: borrowing Session, _ context: inout Context
    ) async throws -> HTTPPeer {
        try refuseLoop(session)
        guard let index = routes.only ?? routes.upstream(for: session.request) else {
            throw ProxyError.status(.notFound)
        }
        let upstream = upstreams[index]
        context.upstream = upstream
        let request = upstream.selectionRequest(of: session)
        switch upstream.choose(request, for: session, besides: context.tried) {
        case .use(let use): context.use = use
        case .nobody: throw context.failure ?? .noHealthyUpstream
        case .full:
            context.use = try await upstream.waitForServer(
                request, besides: context.tried, session)
        }
        context.server = context.use?.backend
        guard let server = context.server else { throw ProxyError.noHealthyUpstream }
        var peer = HTTPPeer(server.address, timeouts: upstream.timeouts)
        peer.layer = upstream.layer
        return peer
    }

    /// Answers 508 where the request has come back to us too often: a server that is the proxy
    /// itself, or leads to it, would else use up all connections.
    private func refuseLoop(_ session: borrowing Session) throws(ProxyError) {
        guard session.traits.hasVia else { return }
        let passes = RequestLoop.passes(of: Gateway.viaName, in: session.request.fields)
        guard passes >= RequestLoop.mostPasses else { return }
        let client = session.clientAddress.map { "\($0)" } ?? "unix:"
        log.limited.warning(
            "request_goes_round", ("client", client), ("request", session.summary),
            ("passes", passes))
        throw .status(.loopDetected)
    }

    /// Has the next server tried, since this one has seen nothing of the request.
    public func failToConnect(
        _ session: borrowing Session, _ peer: HTTPPeer, _ error: ProxyError,
        _ context: inout Context
    ) -> ProxyError {
        FailedTry.judge(error, isReused: false, session.now, &context)
    }

    /// Has the next server tried, if the request may be sent again; see ``RetryPolicy``.
    public func errorWhileProxy(
        _ session: borrowing Session, _ peer: HTTPPeer, _ error: ProxyError, isReused: Bool,
        _ context: inout Context
    ) -> ProxyError {
        FailedTry.judge(error, isReused: isReused, session.now, &context)
    }

    /// Tells the server who asks, and through whom.
    public func upstreamRequestFilter(
        _ session: borrowing Session, _ request: inout RequestHead, _ context: inout Context
    ) async throws {
        let lines = session.forwardedLines ?? prepareForwardedLines(session)
        lines.add(to: &request.fields, version: request.version, trust: forwarded)
        if subjects.areTold { subjects.tell(session, &request.fields) }
        // The Host of CONNECT says what its target says (RFC 9112 §3.2.3).
        if let host = context.upstream?.hostHeader, request.method != .connect {
            request.fields.replace(.host, bytes: host.span)
        }
    }

    /// Has the client come back to its server where that is wanted.
    public func responseFilter(
        _ session: borrowing Session, _ response: inout ResponseHead, _ context: inout Context
    ) async throws {
        context.upstream?.stick(session, to: context.use, &response)
    }

    /// What is added for every request of a client, made for its first one.
    private func prepareForwardedLines(_ session: borrowing Session) -> ForwardedLines {
        let lines = session.withClientHost {
            ForwardedLines(
                address: $0, scheme: session.isSecure ? "https" : "http", via: Gateway.viaName)
        }
        session.forwardedLines = lines
        return lines
    }

    public func logging(
        _ session: borrowing Session, _ error: ProxyError?, _ context: inout Context
    ) async {
        if let use = context.use.take() {
            use.end(FailedTry.outcome(of: session, error), at: session.now)
        }
        // A tunnel that another process began has an address only.
        let server = context.server?.label ?? session.upstreamAddress.map { "\($0)" }
        accessLog?.write(session, server: server, error)
    }
}

extension Gateway: CallbackDeclaring {
    package var declaredCallbacks: Callbacks {
        let isSticky = upstreams.contains { $0.sticky != nil }
        return isSticky
            ? [.upstreamRequestFilter, .responseFilter, .logging]
            : [.upstreamRequestFilter, .logging]
    }
}
