import PingoraCore
import PingoraLB

@testable import PingoraGateway

/// Keys that say when a server is used.
extension ConfigurationKeysTests {
    static let healthKeys: [(path: String, value: String, expected: String, read: Reading)] = [
        (
            "upstreams.NAME.health_check.path", "/up", "/up",
            check { $0.path ?? "" }
        ),
        (
            "upstreams.NAME.health_check.method", "HEAD", "HEAD",
            check { $0.method }
        ),
        (
            "upstreams.NAME.health_check.host", "h", "h",
            check { $0.host ?? "" }
        ),
        (
            "upstreams.NAME.health_check.status", "[200, 301-302]", "[200, 301-302]",
            check { ConfigurationSetting.statuses($0.statuses) }
        ),
        (
            "upstreams.NAME.health_check.body", "ok", "ok",
            check { $0.body ?? "" }
        ),
        (
            "upstreams.NAME.health_check.port", "81", "81",
            check { "\($0.port ?? 0)" }
        ),
        (
            "upstreams.NAME.health_check.interval", "7s", "7s",
            check { "\($0.options.interval)" }
        ),
        (
            "upstreams.NAME.health_check.interval_while_down", "8s", "8s",
            check { "\($0.options.intervalWhileDown)" }
        ),
        (
            "upstreams.NAME.health_check.jitter_percent", "11", "11",
            check { "\($0.options.jitterPercent)" }
        ),
        (
            "upstreams.NAME.health_check.timeout", "9s", "9s",
            check { "\($0.options.timeout)" }
        ),
        (
            "upstreams.NAME.health_check.rise", "6", "6",
            check { "\($0.options.rise)" }
        ),
        (
            "upstreams.NAME.health_check.fall", "7", "7",
            check { "\($0.options.fall)" }
        ),
        (
            "upstreams.NAME.health_check.parallel", "8", "8",
            check { "\($0.options.parallelChecks)" }
        ),
        (
            "upstreams.NAME.ejection.consecutive_failures", "7", "7",
            ejection { "\($0.consecutiveFailures)" }
        ),
        (
            "upstreams.NAME.ejection.failure_percent", "8", "8",
            ejection { "\($0.failurePercent)" }
        ),
        (
            "upstreams.NAME.ejection.minimum_requests", "9", "9",
            ejection { "\($0.minimumRequests)" }
        ),
        (
            "upstreams.NAME.ejection.window", "11s", "11s",
            ejection { "\($0.window)" }
        ),
        (
            "upstreams.NAME.ejection.duration", "12s", "12s",
            ejection { "\($0.duration)" }
        ),
        (
            "upstreams.NAME.ejection.max_duration", "10m", "600s",
            ejection { "\($0.maximumDuration)" }
        ),
        (
            "upstreams.NAME.ejection.max_ejected_percent", "9", "9",
            ejection { "\($0.maximumEjectedPercent)" }
        ),
        (
            "upstreams.NAME.discovery.dns", "a.internal:80", "dns(name: \"a.internal\", port: 80)",
            discovery { "\($0.source)" }
        ),
        (
            "upstreams.NAME.discovery.dns_service", "_http._tcp.a", "dnsService(\"_http._tcp.a\")",
            discovery { "\($0.source)" }
        ),
        (
            "upstreams.NAME.discovery.file", "/servers", "file(\"/servers\")",
            discovery { "\($0.source)" }
        ),
        (
            "upstreams.NAME.discovery.http", "http://10.0.0.1:80/s",
            "http(10.0.0.1:80, path: \"/s\")",
            discovery { "\($0.source)" }
        ),
        (
            "upstreams.NAME.discovery.interval", "5s", "5s",
            discovery { "\($0.interval)" }
        ),
        (
            "upstreams.NAME.sticky.cookie", "srv", "srv",
            { $0.upstreams[0].sticky?.cookie ?? "pingora_server" }
        ),
        (
            "upstreams.NAME.sticky.max_age", "1h", "3600s",
            { $0.upstreams[0].sticky?.maximumAge.map { "\($0)" } ?? "" }
        ),
        (
            "upstreams.NAME.sticky.secure", "true", "true",
            { "\($0.upstreams[0].sticky?.isSecure ?? false)" }
        ),
    ]

    static let healthRanges: [(path: String, low: [String], high: [String])] = [
        ("upstreams.NAME.try_timeout", ["0ms", "1ms"], ["1h", "3601s"]),
        ("upstreams.NAME.slow_start", ["-1ms", "0s"], ["1h", "3601s"]),
        ("upstreams.NAME.panic_percent", ["-1", "0"], ["100", "101"]),
        ("upstreams.NAME.max_pending", ["-1", "0"], ["100000", "100001"]),
        ("upstreams.NAME.pending_timeout", ["0ms", "1ms"], ["1h", "3601s"]),
        ("upstreams.NAME.servers[].max_requests", ["0", "1"], ["1000000", "1000001"]),
        ("upstreams.NAME.health_check.port", ["0", "1"], ["65535", "65536"]),
        ("upstreams.NAME.health_check.status", ["99", "100"], ["599", "600"]),
        ("upstreams.NAME.health_check.interval", ["99ms", "100ms"], ["1h", "3601s"]),
        ("upstreams.NAME.health_check.interval_while_down", ["99ms", "100ms"], ["1h", "3601s"]),
        ("upstreams.NAME.health_check.jitter_percent", ["-1", "0"], ["50", "51"]),
        ("upstreams.NAME.health_check.timeout", ["0ms", "1ms"], ["1m", "61s"]),
        ("upstreams.NAME.health_check.rise", ["0", "1"], ["100", "101"]),
        ("upstreams.NAME.health_check.fall", ["0", "1"], ["100", "101"]),
        ("upstreams.NAME.health_check.parallel", ["0", "1"], ["1024", "1025"]),
        ("upstreams.NAME.ejection.consecutive_failures", ["-1", "0"], ["1000", "1001"]),
        ("upstreams.NAME.ejection.failure_percent", ["-1", "0"], ["100", "101"]),
        ("upstreams.NAME.ejection.minimum_requests", ["0", "1"], ["1000000", "1000001"]),
        ("upstreams.NAME.ejection.window", ["99ms", "100ms"], ["1h", "3601s"]),
        ("upstreams.NAME.ejection.duration", ["99ms", "100ms"], ["5m", "86401s"]),
        ("upstreams.NAME.ejection.max_duration", ["99ms", "10s"], ["24h", "86401s"]),
        ("upstreams.NAME.ejection.max_ejected_percent", ["-1", "0"], ["100", "101"]),
        ("upstreams.NAME.sticky.max_age", ["999ms", "1s"], ["9600h", "34560001s"]),
        ("upstreams.NAME.discovery.interval", ["999ms", "1s"], ["24h", "86401s"]),
    ]

    private static func check(
        _ read: @escaping @Sendable (GatewayConfiguration.HealthCheck) -> String
    ) -> Reading {
        { $0.upstreams[0].healthCheck.map(read) ?? "" }
    }

    private static func ejection(
        _ read: @escaping @Sendable (EjectionPolicy) -> String
    ) -> Reading {
        { $0.upstreams[0].policy.ejection.map(read) ?? "" }
    }

    private static func discovery(
        _ read: @escaping @Sendable (GatewayConfiguration.Discovery) -> String
    ) -> Reading {
        { $0.upstreams[0].discovery.map(read) ?? "" }
    }
}
