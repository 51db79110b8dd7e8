import PingoraCore
import PingoraLB

@testable import PingoraGateway

/// What says when a server is used.
extension DifferenceCompletenessTests {
    static let health: [(path: String, says: String, change: Change)] = [
        (
            "upstreams.healthCheck.path", "health_check.path ",
            check { $0.path = "/x" }
        ),
        (
            "upstreams.healthCheck.method", "health_check.method ",
            check { $0.method = "HEAD" }
        ),
        (
            "upstreams.healthCheck.host", "health_check.host ",
            check { $0.host = "x" }
        ),
        (
            "upstreams.healthCheck.statuses", "health_check.status ",
            check { $0.statuses = [100...200] }
        ),
        (
            "upstreams.healthCheck.body", "health_check.body ",
            check { $0.body = "x" }
        ),
        (
            "upstreams.healthCheck.port", "health_check.port ",
            check { $0.port = 7 }
        ),
        (
            "upstreams.healthCheck.options.interval", "health_check.interval ",
            check { $0.options.interval = other }
        ),
        (
            "upstreams.healthCheck.options.intervalWhileDown", "health_check.interval_while_down ",
            check { $0.options.intervalWhileDown = other }
        ),
        (
            "upstreams.healthCheck.options.jitterPercent", "health_check.jitter_percent ",
            check { $0.options.jitterPercent = 7 }
        ),
        (
            "upstreams.healthCheck.options.timeout", "health_check.timeout ",
            check { $0.options.timeout = other }
        ),
        (
            "upstreams.healthCheck.options.rise", "health_check.rise ",
            check { $0.options.rise = 7 }
        ),
        (
            "upstreams.healthCheck.options.fall", "health_check.fall ",
            check { $0.options.fall = 7 }
        ),
        (
            "upstreams.healthCheck.options.parallelChecks", "health_check.parallel ",
            check { $0.options.parallelChecks = 7 }
        ),
        (
            "upstreams.policy.ejection.consecutiveFailures", "ejection.consecutive_failures ",
            ejection { $0.consecutiveFailures = 7 }
        ),
        (
            "upstreams.policy.ejection.failurePercent", "ejection.failure_percent ",
            ejection { $0.failurePercent = 7 }
        ),
        (
            "upstreams.policy.ejection.minimumRequests", "ejection.minimum_requests ",
            ejection { $0.minimumRequests = 7 }
        ),
        (
            "upstreams.policy.ejection.window", "ejection.window ",
            ejection { $0.window = other }
        ),
        (
            "upstreams.policy.ejection.duration", "ejection.duration ",
            ejection { $0.duration = other }
        ),
        (
            "upstreams.policy.ejection.maximumDuration", "ejection.max_duration ",
            ejection { $0.maximumDuration = other }
        ),
        (
            "upstreams.policy.ejection.maximumEjectedPercent", "ejection.max_ejected_percent ",
            ejection { $0.maximumEjectedPercent = 7 }
        ),
    ]

    static func policy(_ change: @escaping @Sendable (inout BalancingPolicy) -> Void) -> Change {
        { change(&$0.upstreams[0].policy) }
    }

    private static func check(
        _ change: @escaping @Sendable (inout GatewayConfiguration.HealthCheck) -> Void
    ) -> Change {
        { configuration in
            guard var check = configuration.upstreams[0].healthCheck else { return }
            change(&check)
            configuration.upstreams[0].healthCheck = check
        }
    }

    private static func ejection(
        _ change: @escaping @Sendable (inout EjectionPolicy) -> Void
    ) -> Change {
        { configuration in
            guard var ejection = configuration.upstreams[0].policy.ejection else { return }
            change(&ejection)
            configuration.upstreams[0].policy.ejection = ejection
        }
    }
}
