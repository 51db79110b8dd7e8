import PingoraLB
import PingoraProxy

/// A group of servers, ready to choose from.
final class UpstreamGroup: Sendable {
    /// What Host is replaced with; nil: the client's is passed on.
    let hostHeader: [UInt8]?
    let balancer: LoadBalancer<RoundRobin>
    let timeouts: HTTPPeer.Timeouts
    private let configuration: GatewayConfiguration.Upstream

    init(_ configuration: GatewayConfiguration.Upstream, timeouts: HTTPPeer.Timeouts) {
        self.configuration = configuration
        hostHeader = configuration.hostHeader.map { Array($0.utf8) }
        balancer = LoadBalancer(
            configuration.servers.map { Backend($0.address, weight: $0.weight) })
        self.timeouts = timeouts
    }

    /// The server for a request that could not reach `unreachable`; nil if there is no other.
    func select(besides unreachable: [Backend]) -> Backend? {
        guard !unreachable.isEmpty else { return balancer.select() }
        return balancer.select { !unreachable.contains($0) }
    }

    /// Whether a server that can't be reached is followed by another.
    var hasFailover: Bool { configuration.hasFailover }

    /// Whether another group like this would be no different.
    func serves(
        _ configuration: GatewayConfiguration.Upstream, _ timeouts: HTTPPeer.Timeouts
    ) -> Bool {
        self.configuration == configuration && self.timeouts == timeouts
    }
}
