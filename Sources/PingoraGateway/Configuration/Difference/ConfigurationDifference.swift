import PingoraCore

/// What changes between two configurations. Pure.
///
/// 1. Order says nothing: listeners and servers are known by their addresses, groups by their
///    names, routes by what they match.
/// 2. It is complete: where it is empty, both configurations do the same, as far as a file can tell
///    them apart.
public struct ConfigurationDifference: Hashable, Sendable {
    /// The changes to listeners, then upstreams, routes and settings; in each what is in the new
    /// configuration, in its order, before what is gone.
    public let changes: [Change]

    /// What changes from `old` to `new`.
    public init(from old: GatewayConfiguration, to new: GatewayConfiguration) {
        changes =
            ConfigurationDifference.listeners(from: old, to: new)
            + ConfigurationDifference.upstreams(from: old, to: new)
            + ConfigurationDifference.routes(from: old, to: new)
            + ConfigurationDifference.settings(from: old, to: new)
    }

    /// What changes from a process that was started with `start`, and has applied `latest` since as
    /// far as a reload can.
    public init(
        from latest: GatewayConfiguration, startedWith start: GatewayConfiguration,
        to new: GatewayConfiguration
    ) {
        changes =
            ConfigurationDifference(from: latest, to: new).changes(applied: .reload)
            + ConfigurationDifference(from: start, to: new).changes(applied: .nextStart)
    }

    /// Whether nothing changes.
    public var isEmpty: Bool { changes.isEmpty }

    /// The changes that are applied at that moment.
    public func changes(applied moment: Moment) -> [Change] {
        changes.filter { $0.moment == moment }
    }

    private static func listeners(
        from old: GatewayConfiguration, to new: GatewayConfiguration
    ) -> [Change] {
        new.listeners.removing(old.listeners).map { .listenerAdded($0) }
            + old.listeners.removing(new.listeners).map { .listenerRemoved($0) }
    }

    private static func routes(
        from old: GatewayConfiguration, to new: GatewayConfiguration
    ) -> [Change] {
        let (before, after) = (targets(of: old), targets(of: new))
        let targetBefore = Dictionary(before) { first, _ in first }
        let kept = Set(after.map(\.0))
        let changes: [Change] = after.compactMap { match, target in
            guard let earlier = targetBefore[match] else { return .routeAdded(match, to: target) }
            return earlier == target ? nil : .routeChanged(match, from: earlier, to: target)
        }
        let gone = before.filter { !kept.contains($0.0) }
        return changes + gone.map { .routeRemoved($0.0, to: $0.1) }
    }

    /// What is matched, and the name of the upstream it goes to; each match once, because only the
    /// first route of several counts.
    private static func targets(
        of configuration: GatewayConfiguration
    ) -> [(RouteMatch, String)] {
        let upstreams = configuration.upstreams
        let isWritten = !configuration.routes.isEmpty
        // Without routes, everything goes to the only upstream.
        let routes = isWritten ? configuration.routes : [RouteTable.Route(upstream: 0)]
        var seen: Set<RouteMatch> = []
        return routes.compactMap { route in
            let match = RouteMatch(route)
            guard upstreams.indices.contains(route.upstream), seen.insert(match).inserted else {
                return nil
            }
            return (match, upstreams[route.upstream].name)
        }
    }

    private static func settings(
        from old: GatewayConfiguration, to new: GatewayConfiguration
    ) -> [Change] {
        ConfigurationSetting.all.filter { $0.differs(old, new) }.map { setting in
            .settingChanged(
                key: setting.key, from: setting.text(old), to: setting.text(new),
                applied: setting.moment)
        }
    }
}

extension Array where Element: Hashable {
    /// The elements that `other` does not have; of equal ones, as many as it lacks.
    fileprivate func removing(_ other: [Element]) -> [Element] {
        var counts = Dictionary(other.map { ($0, 1) }, uniquingKeysWith: +)
        return filter { element in
            guard let count = counts[element], count > 0 else { return true }
            counts[element] = count - 1
            return false
        }
    }
}
