public import PingoraCore

extension ConfigurationDifference {
    /// One change.
    public enum Change: Hashable, Sendable {
        /// Clients can connect there.
        case listenerAdded(SocketAddress)
        /// Clients can't connect there any more.
        case listenerRemoved(SocketAddress)
        /// A group of servers is new.
        case upstreamAdded(GatewayConfiguration.Upstream)
        /// A group of servers is gone.
        case upstreamRemoved(GatewayConfiguration.Upstream)
        /// A group that stays has another server.
        case serverAdded(GatewayConfiguration.Server, upstream: String)
        /// A group that stays has lost a server.
        case serverRemoved(GatewayConfiguration.Server, upstream: String)
        /// A server that stays gets another share.
        case weightChanged(SocketAddress, upstream: String, from: Int, to: Int)
        /// A server that stays is used in another way; both values as the file would say them.
        case serverSettingChanged(
            SocketAddress, upstream: String, key: String, from: String, to: String)
        /// A key of a group that stays has another value; both as the file would say them.
        case upstreamSettingChanged(upstream: String, key: String, from: String, to: String)
        /// Host is replaced with something else; nil: the client's is passed on.
        case hostHeaderChanged(upstream: String, from: String?, to: String?)
        /// A request tries another server, or does so no more, where one can't be reached.
        case failoverChanged(upstream: String, to: Bool)
        /// Requests are matched that were not, or less closely.
        case routeAdded(RouteMatch, to: String)
        /// What was matched is not any more.
        case routeRemoved(RouteMatch, to: String)
        /// What is matched goes to an upstream of another name.
        case routeChanged(RouteMatch, from: String, to: String)
        /// A key of the file has another value; both as the file would say them, `none` where it
        /// would say nothing.
        case settingChanged(key: String, from: String, to: String, applied: Moment)

        /// When it is applied.
        public var moment: Moment {
            if case .settingChanged(_, _, _, let moment) = self { moment } else { .reload }
        }
    }

    /// When a change is applied.
    public enum Moment: Hashable, Sendable {
        /// When the running process reads its file again (SIGHUP).
        case reload
        /// When another process takes its place.
        case nextStart
    }

    /// What a route matches, which is what makes it the same route.
    public struct RouteMatch: Hashable, Sendable, CustomStringConvertible {
        /// In lower case; nil: every host.
        public let host: String?
        /// `/` for every path.
        public let pathPrefix: String

        /// What `route` matches.
        public init(_ route: RouteTable.Route) {
            host = route.host?.lowercased()
            pathPrefix = route.pathPrefix
        }

        /// `example.com/api/`; `*/` for everything.
        public var description: String { "\(host ?? "*")\(pathPrefix)" }
    }
}
