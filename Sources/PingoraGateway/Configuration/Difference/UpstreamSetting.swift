import PingoraConfig
import PingoraCore
import PingoraHTTP
import PingoraLB
import PingoraTLS

/// A key of a group of servers with one value, for comparison: everything but the servers, the
/// host header and failover, which a difference says in words of their own.
struct UpstreamSetting: Sendable {
    private typealias Upstream = GatewayConfiguration.Upstream

    /// As it stands in the file: `health_check.interval`.
    let key: String
    let differs: @Sendable (GatewayConfiguration.Upstream, GatewayConfiguration.Upstream) -> Bool
    /// The value as the file would say it.
    let text: @Sendable (GatewayConfiguration.Upstream) -> String

    private init<Value: Equatable & SendableMetatype>(
        _ key: String, _ path: any KeyPath<Upstream, Value> & Sendable,
        text: @escaping @Sendable (Value) -> String = { "\($0)" }
    ) {
        self.key = key
        differs = { $0[keyPath: path] != $1[keyPath: path] }
        self.text = { text($0[keyPath: path]) }
    }

    /// In the order of docs/CONFIGURATION.md.
    static let all = choice + tls + health + ejection

    private static let choice = [
        Self("algorithm", \.algorithm.rawValue),
        Self("hash_key", \.hashKey) { $0.text },
        Self("try_timeout", \.tryTimeout, text: duration),
        Self("slow_start", \.policy.slowStart) { duration($0) },
        Self("panic_percent", \.policy.panicPercent),
        Self("max_pending", \.policy.pendingPerBackend),
        Self("pending_timeout", \.pendingTimeout) { duration($0) },
        Self("sticky", \.sticky) { $0.map { "\($0)" } ?? "none" },
        Self("discovery", \.discovery) { $0.map(\.text) ?? "none" },
    ]

    private static let tls = [
        Self("tls", \.tls.isOn) { $0 ? "on" : "off" },
        Self("tls.server_name", \.tls?.serverName, text: word),
        Self("tls.alternative_name", \.tls?.alternativeName, text: word),
        Self("tls.verify", \.tls?.verifiesCertificate, text: answer),
        Self("tls.verify_host", \.tls?.verifiesHostName, text: answer),
        Self("tls.ca", \.tls?.authorities, text: word),
        Self("tls.certificate", \.tls?.certificate?.chain, text: word),
        Self("tls.key", \.tls?.certificate?.key, text: word),
        Self("tls.min_version", \.tls?.minimumVersion.rawValue, text: word),
        Self("tls.ktls", \.tls?.usesKernel, text: answer),
        Self("tls.key_log", \.tls?.keyLogFile, text: word),
    ]

    private static let health = [
        Self("health_check", \.healthCheck.kind),
        Self("health_check.path", \.healthCheck?.path, text: word),
        Self("health_check.method", \.healthCheck?.method, text: word),
        Self("health_check.host", \.healthCheck?.host, text: word),
        Self("health_check.status", \.healthCheck?.statuses) {
            $0.map(ConfigurationSetting.statuses) ?? "none"
        },
        Self("health_check.body", \.healthCheck?.body, text: word),
        Self("health_check.port", \.healthCheck?.port, text: number),
        Self("health_check.interval", \.healthCheck?.options.interval, text: duration),
        Self(
            "health_check.interval_while_down", \.healthCheck?.options.intervalWhileDown,
            text: duration),
        Self("health_check.jitter_percent", \.healthCheck?.options.jitterPercent, text: number),
        Self("health_check.timeout", \.healthCheck?.options.timeout, text: duration),
        Self("health_check.rise", \.healthCheck?.options.rise, text: number),
        Self("health_check.fall", \.healthCheck?.options.fall, text: number),
        Self("health_check.parallel", \.healthCheck?.options.parallelChecks, text: number),
    ]

    private static let ejection = [
        Self("ejection", \.policy.ejection.isOn) { $0 ? "on" : "off" },
        Self(
            "ejection.consecutive_failures", \.policy.ejection?.consecutiveFailures, text: number),
        Self("ejection.failure_percent", \.policy.ejection?.failurePercent, text: number),
        Self("ejection.minimum_requests", \.policy.ejection?.minimumRequests, text: number),
        Self("ejection.window", \.policy.ejection?.window, text: duration),
        Self("ejection.duration", \.policy.ejection?.duration, text: duration),
        Self("ejection.max_duration", \.policy.ejection?.maximumDuration, text: duration),
        Self(
            "ejection.max_ejected_percent", \.policy.ejection?.maximumEjectedPercent,
            text: number),
    ]

    @Sendable private static func word(_ text: String?) -> String { text ?? "none" }

    @Sendable private static func answer(_ answer: Bool?) -> String {
        answer.map { "\($0)" } ?? "none"
    }

    @Sendable private static func number(_ number: (some BinaryInteger)?) -> String {
        number.map { "\($0)" } ?? "none"
    }

    @Sendable private static func duration(_ limit: TimeLimit?) -> String {
        limit.map { Quantity.duration.text(of: Int($0.nanoseconds / 1_000_000)) } ?? "none"
    }
}

extension GatewayConfiguration.HashKey {
    /// As the file says it.
    var text: String {
        switch self {
        case .uri: "uri"
        case .path: "path"
        case .host: "host"
        case .clientAddress: "client_address"
        case .header(let name): "header:\(name)"
        case .cookie(let name): "cookie:\(name)"
        }
    }
}

extension GatewayConfiguration.HealthCheck? {
    /// Whether there is one, and over what.
    fileprivate var kind: String {
        switch self {
        case nil: "none"
        case .some(let check): check.path == nil ? "tcp" : "http"
        }
    }
}

extension TLSClientOptions? {
    fileprivate var isOn: Bool { self != nil }
}

extension EjectionPolicy? {
    fileprivate var isOn: Bool { self != nil }
}

extension GatewayConfiguration.Discovery {
    /// `dns app.internal:80 every 30s`.
    fileprivate var text: String {
        let name =
            switch source {
            case .dns(let name, let port): "dns \(name):\(port)"
            case .dnsService(let name): "dns_service \(name)"
            case .file(let path): "file \(path)"
            case .http(let address, let path): "http://\(address)\(path)"
            }
        return "\(name) every \(interval)"
    }
}
