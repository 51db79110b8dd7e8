public import PingoraCore

/// A source of backends that changes while the proxy runs.
///
/// A load balancer asks, uses what it is told until ``waitForChange(on:until:)`` returns, and asks
/// again. While the source fails, the last good set stays in use.
public protocol ServiceDiscovery: Sendable {
    /// The backends as they are now. Runs on `loop` and does not block it.
    ///
    /// - Throws: `DiscoveryError` if they can't be known now; the last set stays in use.
    func discover(on loop: EventLoop) async throws(DiscoveryError) -> DiscoveredBackends

    /// Suspends until the source may have changed, at the latest until `deadline`.
    func waitForChange(on loop: EventLoop, until deadline: MonotonicTime) async
}

/// What a source knows.
public struct DiscoveredBackends: Hashable, Sendable {
    /// The backends; an empty list is as bad as a failure, and changes nothing.
    public var backends: [Backend]
    /// How long this is good for, as far as the source knows: the TTL of a DNS answer.
    public var validFor: TimeLimit?

    /// Backends that are good for `validFor`.
    public init(_ backends: [Backend], validFor: TimeLimit? = nil) {
        self.backends = backends
        self.validFor = validFor
    }
}

/// Why backends can't be known.
public struct DiscoveryError: Error, Hashable, CustomStringConvertible {
    /// For the log; what came from outside is escaped in it.
    public let description: String

    /// A failure for this reason.
    public init(_ reason: String) {
        description = reason
    }
}

extension ServiceDiscovery {
    /// Waits for `deadline`: the source tells nobody when it changes.
    public func waitForChange(on loop: EventLoop, until deadline: MonotonicTime) async {
        let timer = LoopTimer(on: loop)
        while await timer.sleep(until: deadline) {}
    }
}
