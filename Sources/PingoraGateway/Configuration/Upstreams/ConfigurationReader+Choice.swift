import PingoraConfig
import PingoraCore
import PingoraHTTP
import PingoraLB

/// How a server is chosen, and what if none is at hand.
extension ConfigurationReader {
    private static let percent = 0...100
    /// An hour: who needs longer to warm up is started before it is needed.
    private static let ramp = Duration.zero...Duration.seconds(3600)
    /// A client waits no longer.
    private static let wait = Duration.milliseconds(1)...Duration.seconds(3600)
    /// For each server; each waiting client holds a connection.
    private static let pending = 0...100_000

    func readChoice(
        _ section: inout ConfigurationSection, into read: inout GatewayConfiguration.Upstream
    ) {
        let (algorithm, key) = (section["algorithm"], section["hash_key"])
        algorithm?.algorithm().assign(to: &read.algorithm)
        key?.hashKey().assign(to: &read.hashKey)
        if let key, !read.algorithm.hashes {
            key.report(
                "\(read.algorithm.rawValue) uses no key: only ketama, fnv_hash, bounded_load and "
                    + "maglev do")
        }
        section["failover"]?.boolean().assign(to: &read.hasFailover)
        section["try_timeout"]?.duration(in: Self.wait).map { TimeLimit($0) }
            .assign(to: &read.tryTimeout)
        section["slow_start"]?.duration(in: Self.ramp).map { TimeLimit($0) }
            .assign(to: &read.policy.slowStart)
        section["panic_percent"]?.integer(in: Self.percent).assign(to: &read.policy.panicPercent)
        section["max_pending"]?.integer(in: Self.pending)
            .assign(to: &read.policy.pendingPerBackend)
        section["pending_timeout"]?.duration(in: Self.wait).map { TimeLimit($0) }
            .assign(to: &read.pendingTimeout)
    }
}

extension ConfigurationValue {
    /// What Pingora calls them.
    private static let otherNames = [
        "consistent": "ketama", "weighted": "round_robin", "fnv": "fnv_hash",
    ]
    private static let key =
        "uri, path, host, client_address, header:NAME or cookie:NAME"

    fileprivate func algorithm() -> GatewayConfiguration.Algorithm? {
        if case .scalar(let name, _) = node.content, let other = Self.otherNames[name] {
            report("\(name) is called \(other) here")
            return nil
        }
        return choice(of: [
            "round_robin": .roundRobin, "random": .random,
            "least_connections": .leastConnections, "two_choices": .twoChoices,
            "peak_ewma": .peakEWMA, "ketama": .ketama, "fnv_hash": .fnvHash,
            "bounded_load": .boundedLoad, "maglev": .maglev,
        ])
    }

    fileprivate func hashKey() -> GatewayConfiguration.HashKey? {
        guard let text = text(Self.key) else { return nil }
        switch text {
        case "uri": return .uri
        case "path": return .path
        case "host": return .host
        case "client_address": return .clientAddress
        default: break
        }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        if parts.count == 2, let name = FieldName(parts[1]) {
            if parts[0] == "header" { return .header(name) }
            if parts[0] == "cookie" { return .cookie(parts[1]) }
        }
        let words = ["uri", "path", "host", "client_address", "header", "cookie"]
        reportExpected(Self.key, insteadOf: parts.first ?? text, among: words)
        return nil
    }
}
