import PingoraConfig
import PingoraCore
import PingoraHTTP
import PingoraProxy

/// A key of the file with one value, for comparison: everything but listeners, upstreams and
/// routes.
struct ConfigurationSetting: Sendable {
    typealias Path<Value> = any KeyPath<GatewayConfiguration, Value> & Sendable

    /// As it stands in the file: `timeouts.connect`.
    let key: String
    let moment: ConfigurationDifference.Moment
    let differs: @Sendable (GatewayConfiguration, GatewayConfiguration) -> Bool
    /// The value as the file would say it.
    let text: @Sendable (GatewayConfiguration) -> String

    init<Value: Equatable & SendableMetatype>(
        _ key: String, _ path: Path<Value>, at moment: ConfigurationDifference.Moment = .reload,
        text: @escaping @Sendable (Value) -> String = { "\($0)" }
    ) {
        self.key = key
        self.moment = moment
        differs = { $0[keyPath: path] != $1[keyPath: path] }
        self.text = { text($0[keyPath: path]) }
    }

    /// In the order of docs/CONFIGURATION.md.
    static let all = process + upgrade + logs + timeouts + limits

    private static let process = [
        // What sets up the process itself stays as long as it does.
        Self("version", \.version, at: .nextStart),
        Self("threads", \.threads, at: .nextStart),
        Self("daemon", \.runsInBackground, at: .nextStart),
        Self("pid_file", \.pidFile, at: .nextStart, text: word),
        Self("user", \.user, at: .nextStart, text: word),
        Self("group", \.group, at: .nextStart, text: word),
        Self("working_directory", \.workingDirectory, at: .nextStart, text: word),
        Self("grace_period_seconds", \.gracePeriod, text: seconds),
        Self("graceful_shutdown_timeout_seconds", \.gracefulShutdownTimeout, text: seconds),
        // Each thread sizes its pool when it begins.
        Self("upstream_keepalive_pool_size", \.upstreamKeepalivePoolSize, at: .nextStart),
        Self("max_retries", \.proxy.maximumTries),
        Self("retry_budget_percent", \.proxy.retryPercent),
        Self("listeners[].connect_ports", \.proxy.connectPorts, text: ports),
        Self("listeners[].tls", \.secureListeners, text: TLSText.text),
        Self("forwarded", \.forwarded) { $0.map { "\($0)" } ?? "off" },
    ]

    private static let upgrade = [
        // The socket is bound by then.
        Self("upgrade_sock", \.upgradeSocket, at: .nextStart, text: word),
        Self("upgrade.wait", \.upgrade.wait, text: duration),
        Self("upgrade.preparation", \.upgrade.preparation, text: duration),
        Self("upgrade.probation", \.upgrade.probation, text: duration),
        Self("upgrade.probe_requests", \.upgrade.probeRequests),
        Self("upgrade.probes", \.upgrade.probes, text: probes),
    ]

    private static let logs = [
        Self("error_log", \.errorLog, text: word),
        Self("log_level", \.logLevel),
        Self("access_log", \.accessLog, text: destination),
    ]

    private static let timeouts = [
        Self("timeouts.client_handshake", \.proxy.clientHandshake, text: duration),
        Self("timeouts.client_header", \.proxy.clientHeader, text: duration),
        Self("timeouts.client_body", \.proxy.clientBody, text: duration),
        Self("timeouts.client_idle", \.proxy.clientIdle, text: duration),
        Self("timeouts.client_write", \.proxy.clientWrite, text: duration),
        Self("timeouts.connect", \.upstreamTimeouts.connect, text: duration),
        Self("timeouts.upstream_first_byte", \.upstreamTimeouts.firstByte, text: duration),
        Self("timeouts.upstream_read", \.upstreamTimeouts.read, text: duration),
        Self("timeouts.upstream_write", \.upstreamTimeouts.write, text: duration),
        Self("timeouts.upstream_idle", \.upstreamTimeouts.idle, text: duration),
        Self("timeouts.tunnel_idle", \.proxy.tunnelIdle, text: duration),
        Self("timeouts.total", \.proxy.total) { $0.map(duration) ?? "none" },
    ]

    private static let limits = [
        Self("limits.request_head", \.proxy.requestLimits.headBytes, text: size),
        Self("limits.request_target", \.proxy.requestLimits.targetBytes, text: size),
        Self("limits.request_fields", \.proxy.requestLimits.fieldCount),
        Self("limits.request_body", \.proxy.maximumBodyBytes) { $0.map(size) ?? "none" },
        Self("limits.request_body_rate", \.proxy.clientBodyRate, text: size),
        Self("limits.chunk_line", \.proxy.requestLimits.chunkLineBytes, text: size),
        Self("limits.trailers", \.proxy.requestLimits.trailerBytes, text: size),
        Self("limits.connections", \.proxy.maximumConnections),
        Self("limits.connections_per_client", \.proxy.connectionsPerClient) {
            $0.map { "\($0)" } ?? "none"
        },
        Self("limits.requests_per_connection", \.proxy.requestsPerConnection),
        Self("limits.response_head", \.proxy.responseLimits.headBytes, text: size),
        Self("limits.response_fields", \.proxy.responseLimits.fieldCount),
        Self("limits.response_rate", \.proxy.responseRate, text: size),
    ]
}

/// Values as the file says them.
extension ConfigurationSetting {
    @Sendable private static func word(_ text: String?) -> String { text ?? "none" }

    @Sendable private static func seconds(_ limit: TimeLimit) -> String {
        "\(limit.nanoseconds / 1_000_000_000)"
    }

    @Sendable private static func duration(_ limit: TimeLimit) -> String {
        Quantity.duration.text(of: Int(limit.nanoseconds / 1_000_000))
    }

    @Sendable private static func size(_ bytes: Int) -> String { Quantity.size.text(of: bytes) }

    @Sendable private static func destination(_ destination: LogWriter.Destination?) -> String {
        switch destination {
        case nil: "off"
        case .standardOutput: "stdout"
        case .standardError: "stderr"
        case .file(let path): path
        }
    }

    /// `0.0.0.0:80 443 8443`, one listener after the other.
    @Sendable private static func ports(_ ports: [SocketAddress: [UInt16]]) -> String {
        let texts = ports.map { address, ports in
            "\(address) \(ports.map { "\($0)" }.joined(separator: " "))"
        }
        return texts.isEmpty ? "none" : texts.sorted().joined(separator: ", ")
    }

    /// `GET example.com/healthz 200-399`, one after the other.
    @Sendable private static func probes(_ probes: [GatewayConfiguration.Probe]) -> String {
        let texts = probes.map { probe in
            "\(probe.method) \(probe.host)\(probe.path) \(statuses(probe.statuses))"
        }
        return texts.isEmpty ? "none" : texts.joined(separator: ", ")
    }

    static func statuses(_ ranges: [ClosedRange<Int>]) -> String {
        let texts = ranges.map { range in
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }
        return texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
    }
}
