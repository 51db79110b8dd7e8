import PingoraCore
import PingoraHTTP

/// What happens to a request, from its head to its line in the log.
///
/// One object serves all requests of a busy client connection, so that a request allocates nothing
/// of its own. ``run()`` is the table of contents of the product; the phases it names are in the
/// files `RequestFlow+....swift`.
///
/// What can be done without waiting is done in functions that are not asynchronous: each frame of
/// an asynchronous one costs some hundred instructions.
final class RequestFlow<Logic: ProxyHttp> {
    let session: Session
    let pools: ConnectionPools
    private(set) var client: Connection

    // The try at hand.
    var upstream: Connection?
    var peer: HTTPPeer?
    var attemptSince = MonotonicTime.never
    var hasSentRequest = false
    var hasResponded = false
    /// Filters change these two before they are written; nobody else sees them meanwhile.
    var upstreamRequest = RequestHead()
    var upstreamResponse = ResponseHead()
    var responseParser: ResponseParser
    var responseTraits = ResponseTraits()
    var upgrade = Upgrade.none

    // The bodies.
    var upload: BodyPump
    var download: BodyPump
    /// Set where the server stopped taking the request body; it may still answer.
    var uploadFailure: ProxyError?
    var hasBegunTunnel = false
    var hasEndedUpload = false
    var hasEndedDownload = false
    /// The rest of it goes on in another process, which will also log it.
    var hasDeparted = false
    /// Whether it began in another process.
    var isResumed = false
    var interimCount = 0
    /// For how long the server took nothing of the request body.
    private var serverPause = TimeLimit(nanoseconds: 0)
    private var pausedSince = MonotonicTime.never
    /// How fast the client takes the response.
    var pace = ReadingPace(rate: 0, grace: TimeLimit(nanoseconds: 0), taken: 0)
    /// When anything last moved: what a deadline counts from. A wake-up alone is no progress.
    var quietSince: MonotonicTime

    /// The next one that serves nobody, where this one does not either. A chain, since an array of
    /// a generic type costs a look-up of that type at every use.
    var nextSpare: RequestFlow?

    /// The generation of the worker's service that it was made for.
    let generation: Int

    /// Last, since its size is not known here: what comes before has a fixed place.
    let logic: Logic

    /// More 1xx responses than any server has a use for are an attack on our patience.
    static var interimLimit: Int { 64 }

    /// How far a request has come on the way to a tunnel (RFC 9110 §7.8). CONNECT asks for one by
    /// its method.
    enum Upgrade {
        case none
        /// The client asks for it with Upgrade.
        case requested
        /// The server has agreed: both directions carry bytes that are not HTTP.
        case switched
    }

    init(_ logic: Logic, _ session: Session, _ pools: ConnectionPools, generation: Int = 0) {
        self.logic = logic
        self.generation = generation
        self.session = session
        self.pools = pools
        client = session.client
        quietSince = session.client.loop.now
        responseParser = ResponseParser(limits: session.options.responseLimits)
        upload = BodyPump(limits: session.options.requestLimits)
        download = BodyPump(limits: session.options.responseLimits)
    }

    /// Serves the requests of `client` from now on.
    func adopt(_ client: Connection) {
        self.client = client
        session.adopt(client)
    }

    /// Whether it is small enough to be kept for another client: heads are nearly always.
    var isSmall: Bool {
        session.request.fields.isSmall && upstreamRequest.fields.isSmall
            && session.response.fields.isSmall && upstreamResponse.fields.isSmall
    }

    /// Everything that happens to one request, in order.
    func run() async {
        var context = logic.makeContext()
        var failure: ProxyError?
        begin()
        do {
            if uses(.earlyRequestFilter) {
                try await logic.earlyRequestFilter(session, &context)
            }
            try refuseWhatCannotBeForwarded()
            if uses(.requestFilter), try await logic.requestFilter(session, &context) {
                // The proxy has answered.
            } else if try isLastHop {
                try await session.respond(.ok)
            } else if uses(.proxyUpstreamFilter),
                try await !logic.proxyUpstreamFilter(session, &context)
            {
                try requireResponse()
            } else {
                try await awaitResponse(&context)
                guard !hasDeparted else { return }
                if uses(.upstreamResponseFilter) {
                    try await logic.upstreamResponseFilter(session, &upstreamResponse, &context)
                }
                stripResponse()
                if uses(.responseFilter) {
                    try await logic.responseFilter(session, &upstreamResponse, &context)
                }
                try writeResponseHead()
                try await relayBodies(&context)
            }
        } catch {
            failure = await fail(ProxyError(error, in: .filtering), &context)
        }
        guard !hasDeparted else { return }
        finishUpstream(isClean: failure == nil)
        if uses(.logging) { await logic.logging(session, failure, &context) }
    }

    /// Whether the proxy does more in `callback` than the default, which does nothing.
    func uses(_ callback: Callbacks) -> Bool {
        !session.memory.callbacks.isDisjoint(with: callback)
    }

    /// By when the next bytes of the request body have to be there: soon after the last ones, and
    /// not so late that it comes more slowly than anybody's line is.
    var uploadDeadline: MonotonicTime {
        let options = session.options
        let next = quietSince.advanced(by: options.clientBody)
        guard options.clientBodyRate > 0 else { return next }
        let start = session.startedAt.advanced(by: serverPause).advanced(by: options.clientBody)
        let share = Int64(clamping: upload.byteCount / options.clientBodyRate)
        return min(next, start.advanced(by: .seconds(Double(share))))
    }

    /// A wait begins. Where the server takes nothing of the request body, the time is no fault of
    /// the client.
    func beginWait(_ upstream: Connection) {
        upstream.reclaimEmptyBuffers()
        pausedSince =
            isUploading && upload.isBlocked(by: upstream) ? client.loop.now : .never
    }

    /// The wait is over.
    func endWait() {
        guard pausedSince != .never else { return }
        let pause = client.loop.now.nanoseconds(since: pausedSince)
        serverPause = TimeLimit(nanoseconds: serverPause.nanoseconds + pause)
    }

    /// Something moved: deadlines begin anew.
    func noteProgress() { quietSince = client.loop.now }

    private func requireResponse() throws(ProxyError) {
        guard session.responseStatus == nil else { return }
        throw ProxyError(.internal, .selectingPeer, .status(.badGateway))
    }

    /// Answers a request whose head could not even be read.
    func refuse(_ error: ProxyError) async {
        session.traits = RequestTraits()
        session.leaveBodyUnread()
        begin()
        log.limited.info(
            "request_refused", ("client", session.clientText), ("error", error))
        session.isPersistent = false
        guard let status = error.statusCode else { return client.close() }
        try? await session.respondToFailure(status)
    }

    func begin() {
        session.memory.retries.earn()
        upstream = nil
        peer = nil
        hasResponded = false
        uploadFailure = nil
        (hasBegunTunnel, hasEndedUpload, hasEndedDownload) = (false, false, false)
        (hasDeparted, isResumed) = (false, false)
        interimCount = 0
        serverPause = TimeLimit(nanoseconds: 0)
        upgrade = session.traits.isUpgrade ? .requested : .none
        upload.begin(session.traits.framing, as: .none, isFiltered: false)
        download.begin(.none, as: .none, isFiltered: false)
    }

    /// TRACE shows a request's secrets to scripts that must not see them: it does not go on.
    /// CONNECT does where the listener allows it.
    private func refuseWhatCannotBeForwarded() throws(ProxyError) {
        switch session.request.method {
        case .connect: try admitConnect()
        case .trace: throw ProxyError(.downstream, .readingRequest, .status(.methodNotAllowed))
        default: break
        }
    }

    /// Whether an OPTIONS request wants an answer of this very proxy.
    private var isLastHop: Bool {
        get throws(ProxyError) {
            guard session.request.method == .options else { return false }
            do {
                return try MaxForwards.value(in: session.request.fields) == 0
            } catch {
                throw ProxyError(.downstream, .readingRequest, .malformed(error))
            }
        }
    }

    /// The request has failed for good: answers it if nothing was sent yet, or cuts the connection.
    func fail(_ error: ProxyError, _ context: inout Logic.Context) async -> ProxyError {
        // Where a filter chose the answer the connection is in order, unless a body is left.
        let isDecision = error.isDecision && upload.hasTakenAll
        if !upload.hasTakenAll {
            session.leaveBodyUnread()
        } else if !isDecision {
            session.isPersistent = false
        }
        if !isDecision, !logic.suppressErrorLog(session, error, context) {
            logFailure(error, context)
        }
        let status = await logic.failToProxy(session, error, &context)
        guard session.responseStatus == nil, let status else {
            // The log may want to know, and the transport goes with the connection.
            _ = session.transportDetails
            // Part of a response is out: only a cut shows the client that it is not all of it.
            client.abort()
            return error
        }
        do {
            client.output.removeAll()
            try await session.respondToFailure(status, retryAfter: error.retryAfter)
        } catch {
            client.close()
        }
        return error
    }

    private func logFailure(_ error: ProxyError, _ context: Logic.Context) {
        let summary = logic.requestSummary(session, context)
        let upstream = session.upstreamAddress.map { "\($0)" } ?? "-"
        if error.source == .downstream {
            log.limited.info(
                "request_failed", ("client", session.clientText), ("upstream", upstream),
                ("request", summary), ("error", error))
        } else {
            log.limited.error(
                "request_failed", ("client", session.clientText), ("upstream", upstream),
                ("request", summary), ("tries", session.tries), ("error", error))
        }
    }
}
