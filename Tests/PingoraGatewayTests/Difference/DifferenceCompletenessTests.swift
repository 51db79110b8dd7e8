import PingoraCore
import PingoraHTTP
import PingoraLB
import PingoraProxy
import PingoraTLS
import Testing

@testable import PingoraGateway

/// Nothing that a configuration stores escapes the comparison: whoever adds a property adds it to
/// `ConfigurationSetting`, and a row here.
@Suite("Completeness of ConfigurationDifference")
struct DifferenceCompletenessTests {
    typealias Change = @Sendable (inout GatewayConfiguration) -> Void

    /// Each stored property, a change of it, and what the difference says of that.
    static let compared = most + health + secure

    private static let most: [(path: String, says: String, change: Change)] = [
        ("version", "version ", { $0.version += 1 }),
        ("threads", "threads ", { $0.threads += 1 }),
        ("runsInBackground", "daemon ", { $0.runsInBackground.toggle() }),
        ("pidFile", "pid_file ", { $0.pidFile = "/p" }),
        ("user", "user ", { $0.user = "u" }),
        ("group", "group ", { $0.group = "g" }),
        ("workingDirectory", "working_directory ", { $0.workingDirectory = "/w" }),
        ("errorLog", "error_log ", { $0.errorLog = "/e" }),
        ("upgradeSocket", "upgrade_sock ", { $0.upgradeSocket = "/u" }),
        ("upgrade.wait", "upgrade.wait ", { $0.upgrade.wait = other }),
        ("upgrade.preparation", "upgrade.preparation ", { $0.upgrade.preparation = other }),
        ("upgrade.probation", "upgrade.probation ", { $0.upgrade.probation = other }),
        ("upgrade.probeRequests", "upgrade.probe_requests ", { $0.upgrade.probeRequests += 1 }),
        ("upgrade.probes.path", "GET h/x 200-399", { $0.upgrade.probes[0].path = "/x" }),
        ("upgrade.probes.host", "GET x/ 200-399", { $0.upgrade.probes[0].host = "x" }),
        ("upgrade.probes.method", "HEAD h/ 200-399", { $0.upgrade.probes[0].method = "HEAD" }),
        (
            "upgrade.probes.statuses", "GET h/ 200\n",
            { $0.upgrade.probes[0].statuses = [200...200] }
        ),
        ("gracePeriod", "grace_period_seconds ", { $0.gracePeriod = other }),
        (
            "gracefulShutdownTimeout", "graceful_shutdown_timeout_seconds ",
            { $0.gracefulShutdownTimeout = other }
        ),
        (
            "upstreamKeepalivePoolSize", "upstream_keepalive_pool_size ",
            { $0.upstreamKeepalivePoolSize += 1 }
        ),
        ("accessLog", "access_log ", { $0.accessLog = nil }),
        ("logLevel", "log_level ", { $0.logLevel = .debug }),
        ("listeners", "+ 127.0.0.1:9\n", { $0.listeners.append(address(9)) }),
        ("upstreams.name", "- app", { $0.upstreams[0].name = "x" }),
        ("upstreams.hostHeader", "host_header ", { $0.upstreams[0].hostHeader = "x" }),
        ("upstreams.hasFailover", "failover ", { $0.upstreams[0].hasFailover = false }),
        (
            "upstreams.servers.address", "+ 127.0.0.1:9\n",
            { $0.upstreams[0].servers[0].address = address(9) }
        ),
        ("upstreams.servers.weight", "1 -> 2", { $0.upstreams[0].servers[0].weight = 2 }),
        ("upstreams.algorithm", "algorithm ", { $0.upstreams[0].algorithm = .maglev }),
        ("upstreams.hashKey", "hash_key ", { $0.upstreams[0].hashKey = .host }),
        (
            "upstreams.sticky", "none -> cookie c secret_file /s",
            { $0.upstreams[0].sticky = .init(cookie: "c", secretFile: "/s", secret: []) }
        ),
        ("upstreams.tryTimeout", "try_timeout ", { $0.upstreams[0].tryTimeout = other }),
        ("upstreams.policy.slowStart", "slow_start ", policy { $0.slowStart = other }),
        ("upstreams.policy.panicPercent", "panic_percent ", policy { $0.panicPercent = 7 }),
        ("upstreams.policy.pendingPerBackend", "max_pending ", policy { $0.pendingPerBackend = 7 }),
        (
            "upstreams.pendingTimeout", "pending_timeout ",
            { $0.upstreams[0].pendingTimeout = other }
        ),
        ("upstreams.discovery", "discovery ", { $0.upstreams[0].discovery = .init(.file("/f")) }),
        (
            "upstreams.servers.isBackup", "backup false -> true",
            { $0.upstreams[0].servers[0].isBackup = true }
        ),
        (
            "upstreams.servers.maximumRequests", "max_requests none -> 7",
            { $0.upstreams[0].servers[0].maximumRequests = 7 }
        ),
        ("routes.host", "+ x/", { $0.routes[0].host = "x" }),
        ("routes.pathPrefix", "+ */x", { $0.routes[0].pathPrefix = "/x" }),
        ("routes.upstream", "app -> api", { $0.routes[0].upstream = 1 }),
        (
            "proxy.requestLimits.targetBytes", "limits.request_target ",
            request { $0.targetBytes = 9 }
        ),
        ("proxy.requestLimits.headBytes", "limits.request_head ", request { $0.headBytes = 9 }),
        ("proxy.requestLimits.fieldCount", "limits.request_fields ", request { $0.fieldCount = 9 }),
        ("proxy.responseLimits.headBytes", "limits.response_head ", response { $0.headBytes = 9 }),
        (
            "proxy.responseLimits.fieldCount", "limits.response_fields ",
            response { $0.fieldCount = 9 }
        ),
        (
            "proxy.requestLimits.chunkLineBytes", "limits.chunk_line ",
            request { $0.chunkLineBytes = 99 }
        ),
        ("proxy.requestLimits.trailerBytes", "limits.trailers ", request { $0.trailerBytes = 9 }),
        ("proxy.clientBodyRate", "limits.request_body_rate ", { $0.proxy.clientBodyRate = 7 }),
        (
            "proxy.connectPorts", "none -> 127.0.0.1:1 443 8443",
            { $0.proxy.connectPorts = [address(1): [443, 8443]] }
        ),
        ("proxy.maximumConnections", "limits.connections ", { $0.proxy.maximumConnections = 7 }),
        (
            "proxy.connectionsPerClient", "limits.connections_per_client ",
            { $0.proxy.connectionsPerClient = 7 }
        ),
        ("proxy.maximumBodyBytes", "limits.request_body ", { $0.proxy.maximumBodyBytes = 1 }),
        (
            "proxy.clientHandshake", "timeouts.client_handshake ",
            { $0.proxy.clientHandshake = other }
        ),
        ("proxy.clientHeader", "timeouts.client_header ", { $0.proxy.clientHeader = other }),
        ("proxy.clientBody", "timeouts.client_body ", { $0.proxy.clientBody = other }),
        ("proxy.clientIdle", "timeouts.client_idle ", { $0.proxy.clientIdle = other }),
        ("proxy.clientWrite", "timeouts.client_write ", { $0.proxy.clientWrite = other }),
        ("proxy.responseRate", "limits.response_rate ", { $0.proxy.responseRate = 7 }),
        ("proxy.total", "timeouts.total ", { $0.proxy.total = other }),
        ("proxy.tunnelIdle", "timeouts.tunnel_idle ", { $0.proxy.tunnelIdle = other }),
        (
            "proxy.requestsPerConnection", "limits.requests_per_connection ",
            { $0.proxy.requestsPerConnection += 1 }
        ),
        ("proxy.maximumTries", "max_retries ", { $0.proxy.maximumTries += 1 }),
        ("proxy.retryPercent", "retry_budget_percent ", { $0.proxy.retryPercent += 1 }),
        ("upstreamTimeouts.connect", "timeouts.connect ", { $0.upstreamTimeouts.connect = other }),
        (
            "upstreamTimeouts.firstByte", "timeouts.upstream_first_byte ",
            { $0.upstreamTimeouts.firstByte = other }
        ),
        ("upstreamTimeouts.read", "timeouts.upstream_read ", { $0.upstreamTimeouts.read = other }),
        (
            "upstreamTimeouts.write", "timeouts.upstream_write ",
            { $0.upstreamTimeouts.write = other }
        ),
        ("upstreamTimeouts.idle", "timeouts.upstream_idle ", { $0.upstreamTimeouts.idle = other }),
        ("forwarded", "forwarded ", { $0.forwarded = nil }),
    ]

    private static let noKey = "no key sets it, so that no two files differ in it"

    private static let sameKey = "the key of the limit for requests sets it, too"

    static let leftOut = [
        "upstreams.tls.depth": noKey,
        "upstreams.tls.protocols": noKey,
        "upstreams.tls.resumesSessions": noKey,
        "upstreams.tls.certificate.names": noKey,
        "upstreams.tls.certificate.ocspResponse": noKey,
        "upstreams.tls.certificate.contents": noKey,
        "discovered": "it is what was found, and not what was wanted",
        "upstreamTimeouts.attempt": "try_timeout of each upstream sets it",
        "proxy.freeRetriesPerSecond": noKey,
        "proxy.requestLimits.methodBytes": noKey,
        "proxy.requestLimits.chunkExtensionBytes": noKey,
        "proxy.requestLimits.trailerCount": noKey,
        "proxy.responseLimits.methodBytes": noKey,
        "proxy.responseLimits.targetBytes": noKey,
        "proxy.responseLimits.chunkLineBytes": sameKey,
        "proxy.responseLimits.chunkExtensionBytes": noKey,
        "proxy.responseLimits.trailerBytes": sameKey,
        "proxy.responseLimits.trailerCount": noKey,
    ]

    @Test("compares every stored property, or says why it does not")
    func complete() {
        let stored = Self.stored(Self.base).map(\.path)
        let listed = Self.compared.map(\.path) + Self.leftOut.keys
        #expect(Set(stored) == Set(listed))
        #expect(Set(listed).count == listed.count)
    }

    @Test("notices a change of each", arguments: compared.indices)
    func notices(index: Int) {
        let row = Self.compared[index]
        var changed = Self.base
        row.change(&changed)
        let differing = zip(Self.stored(Self.base), Self.stored(changed)).filter {
            $0.text != $1.text
        }
        #expect(differing.map(\.0.path) == [row.path], "the row changes something else")
        let text = "\(DifferenceText(ConfigurationDifference(from: Self.base, to: changed)))"
        #expect(text.contains(row.says), "\(text)")
        #expect(ConfigurationDifference(from: changed, to: changed).isEmpty)
    }

    static let other = TimeLimit.seconds(77)
    private static func address(_ port: UInt16) -> SocketAddress {
        .ipv4(0x7f00_0001, port: port)
    }
    private static func request(
        _ change: @escaping @Sendable (inout ParseLimits) -> Void
    ) -> Change {
        { change(&$0.proxy.requestLimits) }
    }
    private static func response(
        _ change: @escaping @Sendable (inout ParseLimits) -> Void
    ) -> Change {
        { change(&$0.proxy.responseLimits) }
    }

    /// One of everything, so that every property is there to be found.
    private static let base: GatewayConfiguration = {
        var configuration = GatewayConfiguration()
        configuration.listeners = [address(1)]
        configuration.upstreams = ["app", "api"].map { name in
            .init(name: name, servers: [.init(address: address(2))])
        }
        configuration.routes = [.init(upstream: 0)]
        configuration.upstreams[0].tls = TLSClientOptions(serverName: "s")
        configuration.upstreams[0].tls?.certificate = .init(chain: "/c", key: "/k")
        configuration.upstreams[0].healthCheck = .init()
        configuration.upstreams[0].healthCheck?.path = "/"
        configuration.upstreams[0].policy.ejection = EjectionPolicy()
        configuration.upgrade.probes = [.init(path: "/", host: "h")]
        return configuration
    }()

    /// The stored properties of `value` and of those that only gather others, with their values.
    private static func stored(
        _ value: Any, below path: String = ""
    ) -> [(path: String, text: String)] {
        Mirror(reflecting: value).children.flatMap { label, child in
            let inner = path + (label ?? "?")
            let gathered = (child as? [Any])?.first ?? unwrapped(child)
            return isGathering(gathered)
                ? stored(gathered, below: inner + ".") : [(inner, "\(child)")]
        }
    }

    private static func unwrapped(_ value: Any) -> Any {
        let mirror = Mirror(reflecting: value)
        return mirror.displayStyle == .optional ? mirror.children.first?.value ?? value : value
    }

    private static func isGathering(_ value: Any) -> Bool {
        value is ProxyOptions || value is HTTPPeer.Timeouts || value is ParseLimits
            || value is GatewayConfiguration.Upgrade || value is GatewayConfiguration.Probe
            || value is GatewayConfiguration.Upstream || value is GatewayConfiguration.Server
            || value is RouteTable.Route || value is BalancingPolicy || value is EjectionPolicy
            || value is TLSClientOptions || value is TLSCertificateFiles
            || value is GatewayConfiguration.HealthCheck || value is HealthCheckOptions
    }
}
