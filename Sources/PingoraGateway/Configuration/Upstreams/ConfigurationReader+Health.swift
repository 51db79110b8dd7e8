import PingoraConfig
import PingoraCore
import PingoraLB

/// When a server counts as fit.
extension ConfigurationReader {
    private static let ports = 1...65_535
    /// Ten times a second is enough to notice at once; after an hour nobody knows any more.
    private static let interval = Duration.milliseconds(100)...Duration.seconds(3600)
    private static let timeout = Duration.milliseconds(1)...Duration.seconds(60)
    private static let results = 1...100
    private static let parallel = 1...1024
    private static let jitter = 0...50
    private static let percent = 0...100
    private static let failures = 0...1000
    private static let requests = 1...1_000_000
    private static let ejection = Duration.milliseconds(100)...Duration.seconds(86_400)

    func readHealthCheck(
        _ section: inout ConfigurationSection, into upstream: inout GatewayConfiguration.Upstream
    ) {
        var check = GatewayConfiguration.HealthCheck()
        let path = section["path"]
        path?.requestTarget().assign(to: &check.path)
        readRequest(&section, into: &check, isAsked: path != nil)
        section["port"]?.integer(in: Self.ports).map { UInt16($0) }.assign(to: &check.port)
        read(&section, "interval", Self.interval, into: &check.options.interval)
        read(&section, "interval_while_down", Self.interval, into: &check.options.intervalWhileDown)
        section["jitter_percent"]?.integer(in: Self.jitter)
            .assign(to: &check.options.jitterPercent)
        read(&section, "timeout", Self.timeout, into: &check.options.timeout)
        section["rise"]?.integer(in: Self.results).assign(to: &check.options.rise)
        section["fall"]?.integer(in: Self.results).assign(to: &check.options.fall)
        section["parallel"]?.integer(in: Self.parallel).assign(to: &check.options.parallelChecks)
        upstream.healthCheck = check
    }

    /// What only a check over HTTP has.
    private func readRequest(
        _ section: inout ConfigurationSection, into check: inout GatewayConfiguration.HealthCheck,
        isAsked: Bool
    ) {
        let (method, host) = (section["method"], section["host"])
        let (status, body) = (section["status"], section["body"])
        method?.choice(of: ["GET": "GET", "HEAD": "HEAD", "OPTIONS": "OPTIONS"])
            .assign(to: &check.method)
        host?.hostWithPort().assign(to: &check.host)
        status?.statuses().assign(to: &check.statuses)
        body?.text("text that the body contains").assign(to: &check.body)
        if let body, check.method == "HEAD" {
            body.report("an answer to HEAD has no body: use GET")
        }
        guard !isAsked else { return }
        for value in [method, host, status, body] {
            value?.report("needs path: without one nothing is asked, a connection is enough")
        }
    }

    func readEjection(
        _ section: inout ConfigurationSection, into policy: inout BalancingPolicy
    ) {
        var ejection = EjectionPolicy()
        section["consecutive_failures"]?.integer(in: Self.failures)
            .assign(to: &ejection.consecutiveFailures)
        section["failure_percent"]?.integer(in: Self.percent)
            .assign(to: &ejection.failurePercent)
        section["minimum_requests"]?.integer(in: Self.requests)
            .assign(to: &ejection.minimumRequests)
        read(&section, "window", Self.interval, into: &ejection.window)
        let longest = section["max_duration"]
        read(&section, "duration", Self.ejection, into: &ejection.duration)
        longest?.duration(in: Self.ejection).map { TimeLimit($0) }
            .assign(to: &ejection.maximumDuration)
        section["max_ejected_percent"]?.integer(in: Self.percent)
            .assign(to: &ejection.maximumEjectedPercent)
        if ejection.maximumDuration.nanoseconds < ejection.duration.nanoseconds {
            (longest ?? section.value).report("max_duration is shorter than duration")
        }
        policy.ejection = ejection
    }

    private func read(
        _ section: inout ConfigurationSection, _ key: String, _ range: ClosedRange<Duration>,
        into limit: inout TimeLimit
    ) {
        section[key]?.duration(in: range).map { TimeLimit($0) }.assign(to: &limit)
    }
}
