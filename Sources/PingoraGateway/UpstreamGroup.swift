import PingoraLB
import PingoraProxy

/// A group of servers, ready to choose from.
final class UpstreamGroup: Sendable {
    let name: String
    /// What Host is replaced with; nil: the client's is passed on.
    let hostHeader: [UInt8]?
    let balancer: LoadBalancer<RoundRobin>
    let timeouts: HTTPPeer.Timeouts

    init(_ configuration: GatewayConfiguration.Upstream, timeouts: HTTPPeer.Timeouts) {
        name = configuration.name
        hostHeader = configuration.hostHeader.map { Array($0.utf8) }
        balancer = LoadBalancer(
            configuration.servers.map { Backend($0.address, weight: $0.weight) })
        self.timeouts = timeouts
    }
}
