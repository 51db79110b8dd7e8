import PingoraCore
import PingoraHTTP
import PingoraLB
import PingoraProxy
import PingoraTLS

/// A group of servers, ready to choose from.
final class UpstreamGroup: Sendable {
    /// What Host is replaced with; nil: the client's is passed on.
    let hostHeader: [UInt8]?
    let pool: BackendPool
    let timeouts: HTTPPeer.Timeouts
    /// What connections are made secure with; nil: they are plain.
    let layer: TLSClientContext?
    let configuration: GatewayConfiguration.Upstream
    let sticky: StickyCookie?
    private let upkeep: PoolUpkeep
    /// The servers that the configuration names.
    private let named: [Backend]

    /// A group. One whose connections have to be secure, and that has no layer for that, has no
    /// servers.
    ///
    /// - Parameters:
    ///   - layer: what connections are made secure with.
    ///   - found: the servers that discovery has found.
    ///   - predecessor: the group that it replaces, whose servers keep what is known of them.
    init(
        _ configuration: GatewayConfiguration.Upstream, timeouts: HTTPPeer.Timeouts,
        layer: TLSClientContext? = nil,
        found: [Backend] = [], replacing predecessor: UpstreamGroup? = nil
    ) {
        self.configuration = configuration
        hostHeader = configuration.hostHeader.map { Array($0.utf8) }
        self.timeouts = configuration.with(timeouts)
        self.layer = layer
        let isServed = configuration.tls == nil || layer != nil
        named = configuration.servers.map { server in
            Backend(
                server.address, weight: server.weight, isBackup: server.isBackup,
                maximumRequests: server.maximumRequests)
        }
        let sticky = configuration.sticky.map(StickyCookie.init)
        self.sticky = sticky
        let known = found.isEmpty ? predecessor?.found(by: configuration.discovery) : found
        pool = BackendPool(
            isServed ? known ?? named : [], name: configuration.name, policy: configuration.policy,
            expectsChecks: configuration.healthCheck != nil, replacing: predecessor?.pool,
            tag: { sticky?.tag(of: $0) }, algorithm: configuration.algorithm.make)
        upkeep = PoolUpkeep(
            pool, check: configuration.healthCheck?.made(with: layer),
            options: configuration.healthCheck?.options ?? HealthCheckOptions(),
            discovery: isServed ? configuration.discovery?.made : nil,
            interval: configuration.discovery?.interval ?? .seconds(30))
    }

    /// Begins to check servers and to look for them. Once, in the process that serves, when the
    /// group that this one replaces has ended.
    func start() {
        pool.takeOver()
        guard configuration.healthCheck != nil || configuration.discovery != nil,
            let loop = BackgroundLoop.shared
        else { return }
        upkeep.start(on: loop)
    }

    /// The servers that this source has found; nil where it is another one, or has found none yet.
    private func found(by source: GatewayConfiguration.Discovery?) -> [Backend]? {
        guard let source, source.source == configuration.discovery?.source else { return nil }
        let backends = pool.backends
        return backends == named ? nil : backends
    }

    /// Ends that.
    func stop() { upkeep.stop() }

    /// Whether another group like this would be no different.
    func serves(
        _ configuration: GatewayConfiguration.Upstream, _ timeouts: HTTPPeer.Timeouts,
        _ layer: TLSClientContext?
    ) -> Bool {
        self.configuration == configuration && self.timeouts == configuration.with(timeouts)
            && self.layer === layer
    }
}

extension GatewayConfiguration.Upstream {
    /// The timeouts of all groups, with what this one has of its own.
    fileprivate func with(_ timeouts: HTTPPeer.Timeouts) -> HTTPPeer.Timeouts {
        var timeouts = timeouts
        timeouts.attempt = tryTimeout
        return timeouts
    }
}

extension GatewayConfiguration.Algorithm {
    /// Prepares the algorithm for these servers.
    @Sendable func make(_ candidates: [Candidate]) -> any SelectionAlgorithm {
        switch self {
        case .roundRobin: RoundRobin(candidates)
        case .random: RandomChoice(candidates)
        case .leastConnections: LeastConnections(candidates)
        case .twoChoices: PowerOfTwoChoices(candidates)
        case .peakEWMA: PeakEWMA(candidates)
        case .ketama: Ketama(candidates)
        case .fnvHash: FNVHash(candidates)
        case .boundedLoad: BoundedLoadHash(candidates)
        case .maglev: Maglev(candidates)
        }
    }
}

extension GatewayConfiguration.HealthCheck {
    /// The check that is described.
    func made(with layer: TLSClientContext?) -> any HealthCheck {
        guard let path else {
            var check = TCPHealthCheck(port: port)
            check.layer = layer
            return check
        }
        var check = HTTPHealthCheck(path: path)
        check.layer = layer
        check.method = Method(method) ?? .get
        check.host = host
        check.expectedStatuses = statuses.map {
            UInt16($0.lowerBound)...UInt16($0.upperBound)
        }
        check.expectedBody = body
        check.port = port
        return check
    }
}

extension GatewayConfiguration.Discovery {
    /// The source that is described.
    var made: any ServiceDiscovery {
        switch source {
        case .dns(let name, let port): DNSDiscovery(addressesOf: name, port: port)
        case .dnsService(let name): DNSDiscovery(service: name)
        case .file(let path): FileDiscovery(path)
        case .http(let server, let path): HTTPDiscovery(server, path: path)
        }
    }
}
