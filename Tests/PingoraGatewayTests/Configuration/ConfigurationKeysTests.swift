import PingoraCore
import PingoraHTTP
import PingoraLB
import PingoraProxy
import Testing

@testable import PingoraGateway

@Suite("Keys of a configuration")
struct ConfigurationKeysTests {
    typealias Reading = @Sendable (GatewayConfiguration) -> String
    typealias Key = (path: String, value: String, expected: String, read: Reading)

    /// Every key with a value that is not its default, and where that value has to arrive.
    static let keys = mostKeys + healthKeys + secureKeys

    private static let mostKeys: [Key] = [
        ("version", "1", "1", { "\($0.version)" }),
        ("threads", "7", "7", { "\($0.threads)" }),
        ("daemon", "true", "true", { "\($0.runsInBackground)" }),
        ("pid_file", "/p", "/p", { "\($0.pidFile ?? "")" }),
        ("user", "www-data", "www-data", { "\($0.user ?? "")" }),
        ("group", "33", "33", { "\($0.group ?? "")" }),
        ("working_directory", "/w", "/w", { "\($0.workingDirectory ?? "")" }),
        ("upgrade_sock", "/u", "/u", { "\($0.upgradeSocket ?? "")" }),
        ("upgrade.wait", "11s", "11s", { "\($0.upgrade.wait)" }),
        ("upgrade.preparation", "2m", "120s", { "\($0.upgrade.preparation)" }),
        ("upgrade.probation", "1500ms", "1500ms", { "\($0.upgrade.probation)" }),
        ("upgrade.probe_requests", "7", "7", { "\($0.upgrade.probeRequests)" }),
        ("upgrade.probes[].method", "HEAD", "HEAD", { $0.upgrade.probes.first?.method ?? "" }),
        (
            "upgrade.probes[].status", "[200, 301-302]", "[200...200, 301...302]",
            { "\($0.upgrade.probes.first?.statuses.map { "\($0)" } ?? [])".filter { $0 != "\"" } }
        ),
        ("grace_period_seconds", "31", "31s", { "\($0.gracePeriod)" }),
        ("graceful_shutdown_timeout_seconds", "6", "6s", { "\($0.gracefulShutdownTimeout)" }),
        ("upstream_keepalive_pool_size", "9", "9", { "\($0.upstreamKeepalivePoolSize)" }),
        ("max_retries", "3", "3", { "\($0.proxy.maximumTries)" }),
        ("retry_budget_percent", "5", "5", { "\($0.proxy.retryPercent)" }),
        ("forwarded", "append", "append", { "\($0.forwarded.map { "\($0)" } ?? "off")" }),
        ("extensions", "{a: [b, {c: d}]}", "1", { "\($0.version)" }),
        ("error_log", "/e", "/e", { "\($0.errorLog ?? "")" }),
        ("log_level", "debug", "debug", { "\($0.logLevel)" }),
        ("access_log", "/a", "file(\"/a\")", { "\($0.accessLog.map { "\($0)" } ?? "off")" }),
        (
            "listeners[].connect_ports", "[443, 8443]", "[443, 8443]",
            { "\($0.proxy.connectPorts[$0.listeners[0]] ?? [])" }
        ),
        ("upstreams.NAME.algorithm", "maglev", "maglev", { $0.upstreams[0].algorithm.rawValue }),
        (
            "upstreams.NAME.hash_key", "header:X-User", "header:X-User",
            { $0.upstreams[0].hashKey.text }
        ),
        ("upstreams.NAME.try_timeout", "2s", "2s", { "\($0.upstreams[0].tryTimeout ?? other)" }),
        ("upstreams.NAME.slow_start", "30s", "30s", { "\($0.upstreams[0].policy.slowStart)" }),
        ("upstreams.NAME.panic_percent", "50", "50", { "\($0.upstreams[0].policy.panicPercent)" }),
        (
            "upstreams.NAME.max_pending", "7", "7",
            { "\($0.upstreams[0].policy.pendingPerBackend)" }
        ),
        ("upstreams.NAME.pending_timeout", "3s", "3s", { "\($0.upstreams[0].pendingTimeout)" }),
        (
            "upstreams.NAME.servers[].max_requests", "9", "9",
            { "\($0.upstreams[0].servers[0].maximumRequests ?? 0)" }
        ),
        ("upstreams.NAME.host_header", "h:1", "h:1", { $0.upstreams[0].hostHeader ?? "" }),
        ("upstreams.NAME.failover", "false", "false", { "\($0.upstreams[0].hasFailover)" }),
        ("upstreams.NAME.servers[].weight", "5", "5", { "\($0.upstreams[0].servers[0].weight)" }),
        ("routes[].match.host", "h", "h", { $0.routes[0].host ?? "" }),
        ("routes[].match.path_prefix", "/x", "/x", { $0.routes[0].pathPrefix }),
        ("timeouts.client_header", "11s", "11s", { "\($0.proxy.clientHeader)" }),
        ("timeouts.client_body", "12s", "12s", { "\($0.proxy.clientBody)" }),
        ("timeouts.client_idle", "13s", "13s", { "\($0.proxy.clientIdle)" }),
        ("timeouts.client_write", "14s", "14s", { "\($0.proxy.clientWrite)" }),
        ("timeouts.connect", "250ms", "250ms", { "\($0.upstreamTimeouts.connect)" }),
        ("timeouts.upstream_first_byte", "2m", "120s", { "\($0.upstreamTimeouts.firstByte)" }),
        ("timeouts.upstream_read", "17s", "17s", { "\($0.upstreamTimeouts.read)" }),
        ("timeouts.upstream_write", "18s", "18s", { "\($0.upstreamTimeouts.write)" }),
        ("timeouts.upstream_idle", "0s", "0s", { "\($0.upstreamTimeouts.idle)" }),
        ("timeouts.tunnel_idle", "2h", "7200s", { "\($0.proxy.tunnelIdle)" }),
        ("timeouts.total", "5m", "300s", { "\($0.proxy.total.map { "\($0)" } ?? "none")" }),
        ("limits.request_head", "16KiB", "16384", { "\($0.proxy.requestLimits.headBytes)" }),
        ("limits.request_target", "4KiB", "4096", { "\($0.proxy.requestLimits.targetBytes)" }),
        ("limits.request_fields", "50", "50", { "\($0.proxy.requestLimits.fieldCount)" }),
        ("limits.request_body", "1MiB", "1048576", { "\($0.proxy.maximumBodyBytes ?? -1)" }),
        ("limits.request_body_rate", "1KiB", "1024", { "\($0.proxy.clientBodyRate)" }),
        (
            "limits.chunk_line", "100B", "100 100",
            {
                "\($0.proxy.requestLimits.chunkLineBytes) \($0.proxy.responseLimits.chunkLineBytes)"
            }
        ),
        (
            "limits.trailers", "2KiB", "2048 2048",
            { "\($0.proxy.requestLimits.trailerBytes) \($0.proxy.responseLimits.trailerBytes)" }
        ),
        ("limits.connections", "77", "77", { "\($0.proxy.maximumConnections)" }),
        ("limits.connections_per_client", "6", "6", { "\($0.proxy.connectionsPerClient ?? 0)" }),
        ("limits.requests_per_connection", "8", "8", { "\($0.proxy.requestsPerConnection)" }),
        ("limits.response_head", "32KiB", "32768", { "\($0.proxy.responseLimits.headBytes)" }),
        ("limits.response_fields", "60", "60", { "\($0.proxy.responseLimits.fieldCount)" }),
        ("limits.response_rate", "2KiB", "2048", { "\($0.proxy.responseRate)" }),
    ]

    private static let other = TimeLimit.seconds(77)

    @Test("arrive where they belong and change nothing else", arguments: keys.indices)
    func arrive(index: Int) {
        let key = Self.keys[index]
        let text = ConfigurationFixture.file(setting: key.path, to: key.value)
        let (configuration, problems) = ConfigurationFixture.read(text)
        #expect(problems == [])
        #expect(key.read(configuration) == key.expected, "\(key.path)")
        let (untouched, _) = ConfigurationFixture.read(
            ConfigurationFixture.file(setting: key.path, to: nil))
        // What else a key needs beside it is there with it, and not without.
        let others = Self.keys.filter { other in
            other.path != key.path && !other.path.hasPrefix("routes")
                && !other.path.hasSuffix("health_check.path")
                && !other.path.hasPrefix("upstreams.NAME.discovery.")
        }
        for other in others {
            #expect(other.read(configuration) == other.read(untouched), "\(other.path)")
        }
    }

    static let ranges = mostRanges + healthRanges + secureRanges

    private static let mostRanges: [(path: String, low: [String], high: [String])] = [
        ("threads", ["0", "1"], ["1024", "1025"]),
        ("upgrade.wait", ["999ms", "1s"], ["10m", "601s"]),
        ("upgrade.preparation", ["999ms", "1s"], ["10m", "601s"]),
        ("upgrade.probation", ["999ms", "1s"], ["10m", "601s"]),
        ("upgrade.probe_requests", ["0", "1"], ["10000", "10001"]),
        ("upgrade.probes[].status", ["99", "100"], ["599", "600"]),
        ("grace_period_seconds", ["-1", "0"], ["86400", "86401"]),
        ("graceful_shutdown_timeout_seconds", ["-1", "0"], ["86400", "86401"]),
        ("upstream_keepalive_pool_size", ["-1", "0"], ["100000", "100001"]),
        ("max_retries", ["0", "1"], ["100", "101"]),
        ("retry_budget_percent", ["-1", "0"], ["100", "101"]),
        ("upstreams.NAME.servers[].weight", ["-1", "1"], ["65535", "65536"]),
        ("timeouts.client_header", ["0ms", "1ms"], ["24h", "86401s"]),
        ("timeouts.client_body", ["0ms", "1ms"], ["24h", "86401s"]),
        ("timeouts.client_idle", ["0ms", "1ms"], ["24h", "86401s"]),
        ("timeouts.client_write", ["0ms", "1ms"], ["24h", "86401s"]),
        ("timeouts.connect", ["0ms", "1ms"], ["24h", "86401s"]),
        ("timeouts.upstream_first_byte", ["0ms", "1ms"], ["24h", "86401s"]),
        ("timeouts.upstream_read", ["0ms", "1ms"], ["24h", "86401s"]),
        ("timeouts.upstream_write", ["0ms", "1ms"], ["24h", "86401s"]),
        ("timeouts.upstream_idle", ["-1ms", "0s"], ["24h", "86401s"]),
        ("timeouts.tunnel_idle", ["0ms", "1ms"], ["24h", "86401s"]),
        ("timeouts.total", ["0ms", "1ms"], ["24h", "86401s"]),
        ("limits.request_head", ["1023B", "8193B"], ["96KiB", "98305B"]),
        ("limits.request_target", ["63B", "64B"], ["65535B", "98305B"]),
        ("limits.request_fields", ["0", "1"], ["1000", "1001"]),
        ("limits.request_body", ["-1B", "0B"], ["1024GiB", "1025GiB"]),
        ("limits.request_body_rate", ["-1B", "0B"], ["1MiB", "1048577B"]),
        ("limits.chunk_line", ["63B", "64B"], ["8KiB", "8193B"]),
        ("limits.trailers", ["-1B", "0B"], ["64KiB", "65537B"]),
        ("limits.connections", ["0", "1"], ["10000000", "10000001"]),
        ("limits.connections_per_client", ["0", "1"], ["10000000", "10000001"]),
        ("limits.requests_per_connection", ["0", "1"], ["1000000000", "1000000001"]),
        ("limits.response_head", ["1023B", "1KiB"], ["96KiB", "98305B"]),
        ("limits.response_fields", ["0", "1"], ["1000", "1001"]),
        ("limits.response_rate", ["-1B", "0B"], ["1MiB", "1048577B"]),
    ]

    @Test("are refused beyond their limits, and only there", arguments: ranges.indices)
    func limits(index: Int) {
        let range = Self.ranges[index]
        for value in [range.low[1], range.high[0]] {
            let text = ConfigurationFixture.file(setting: range.path, to: value)
            #expect(ConfigurationFixture.read(text).problems == [], "\(range.path): \(value)")
        }
        for value in [range.low[0], range.high[1]] {
            let text = ConfigurationFixture.file(setting: range.path, to: value)
            let problems = ConfigurationFixture.read(text).problems
            #expect(problems.count == 1, "\(range.path): \(value)")
            #expect(problems.first?.contains("got \"\(value)\"") ?? false)
        }
    }

    @Test(
        "report a value that is none",
        arguments: [
            ("version: 2", "expected 1, got \"2\""),
            ("threads: many", "expected an integer from 1 to 1024, got \"many\""),
            ("pid_file: []", "expected a path, got a list"),
            (
                "upgrade_sock: /" + String(repeating: "x", count: 107),
                "expected a path of at most 107 bytes, got \"/" + String(repeating: "x", count: 39)
                    + "...\""
            ),
            ("access_log: {}", "expected a path, stdout, stderr or off, got a mapping"),
            (
                "log_level: warn",
                "expected error, warning, info or debug, got \"warn\", did you mean \"warning\"?"
            ),
            ("forwarded: on", "expected overwrite, append or off, got \"on\""),
            ("timeouts: 5s", "expected a mapping, got \"5s\""),
            ("limits: [1]", "expected a mapping, got a list"),
        ])
    func values(text: String, expected: String) {
        let (_, problems) = ConfigurationFixture.read(ConfigurationFixture.base + text)
        let key = text.prefix { $0 != ":" }
        #expect(problems == ["f:3:\(key.count + 3): \(key): \(expected)"])
    }

    @Test(
        "of limits fit each other",
        arguments: [
            ("{request_head: 4KiB}", "3:9: limits: "),
            ("{request_target: 64KiB}", "3:26: limits.request_target: "),
            ("{request_head: 8KiB, request_target: 8KiB}", "3:46: limits.request_target: "),
        ])
    func fitting(limits: String, place: String) {
        let (_, problems) = ConfigurationFixture.read(
            ConfigurationFixture.base + "limits: \(limits)")
        #expect(
            problems == [
                "f:\(place)request_target has to be smaller than request_head, which it is a part "
                    + "of"
            ])
    }

    @Test(
        "of ports for CONNECT have to be ports, and the same for listeners that look the same",
        arguments: [
            ("{address: 127.0.0.1:1, connect_ports: [0]}", "an integer from 1 to 65535, got \"0\""),
            (
                "{address: 127.0.0.1:1, connect_ports: [65536]}",
                "an integer from 1 to 65535, got \"65536\""
            ),
            (
                "{address: 127.0.0.1:1, connect_ports: 443}",
                "a list of ports such as [443], got \"443\""
            ),
            ("{address: 127.0.0.1:1, connect_ports: [1, 65535]}", nil),
            ("{address: 127.0.0.1:1, connect_ports: []}", nil),
            ("{address: 127.0.0.1:0, connect_ports: [1]}, 127.0.0.1:0", "connect_ports of the one"),
            ("127.0.0.1:0, {address: 127.0.0.1:0, connect_ports: [1]}", "connect_ports of the one"),
            ("127.0.0.1:0, 127.0.0.1:0", nil),
        ] as [(String, String?)])
    func connectPorts(listeners: String, expected: String?) {
        let (_, problems) = ConfigurationFixture.read(
            "listeners: [\(listeners)]\nupstreams: {app: {servers: [127.0.0.1:81]}}")
        #expect(problems.count == (expected == nil ? 0 : 1), "\(problems)")
        if let expected { #expect(problems.first?.contains(expected) ?? false, "\(problems)") }
    }

    @Test(
        "name where the access log goes",
        arguments: [
            ("stdout", LogWriter.Destination.standardOutput), ("stderr", .standardError),
            ("off", nil),
            ("logs/a.log", .file("logs/a.log")),
        ] as [(String, LogWriter.Destination?)])
    func accessLog(value: String, expected: LogWriter.Destination?) {
        let (configuration, problems) = ConfigurationFixture.read(
            ConfigurationFixture.base + "access_log: \(value)")
        #expect(configuration.accessLog == expected)
        #expect(problems == [])
    }

    @Test("leave forwarded fields alone where they say so")
    func forwardedOff() {
        let text = ConfigurationFixture.base + "forwarded: off"
        #expect(ConfigurationFixture.read(text).configuration.forwarded == nil)
        #expect(ConfigurationFixture.read(text).problems == [])
    }
}
