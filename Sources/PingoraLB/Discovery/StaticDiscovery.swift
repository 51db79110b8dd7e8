public import PingoraCore

/// A list that never changes.
public struct StaticDiscovery: ServiceDiscovery {
    private let backends: [Backend]

    /// Always these backends.
    public init(_ backends: [Backend]) {
        self.backends = backends
    }

    /// The list.
    public func discover(on loop: EventLoop) async throws(DiscoveryError) -> DiscoveredBackends {
        DiscoveredBackends(backends)
    }
}
