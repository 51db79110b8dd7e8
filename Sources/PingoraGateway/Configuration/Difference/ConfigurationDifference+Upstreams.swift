import PingoraCore

extension ConfigurationDifference {
    static func upstreams(
        from old: GatewayConfiguration, to new: GatewayConfiguration
    ) -> [Change] {
        let before = Dictionary(old.upstreams.map { ($0.name, $0) }) { first, _ in first }
        let kept = Set(new.upstreams.map(\.name))
        let changes: [Change] = new.upstreams.flatMap { upstream in
            guard let earlier = before[upstream.name] else {
                return [Change.upstreamAdded(upstream)]
            }
            return ConfigurationDifference.changes(from: earlier, to: upstream)
        }
        let gone = old.upstreams.filter { !kept.contains($0.name) }
        return changes + gone.map { .upstreamRemoved($0) }
    }

    /// What changes within a group: servers added, removed, of another weight; the host header.
    private static func changes(
        from old: GatewayConfiguration.Upstream, to new: GatewayConfiguration.Upstream
    ) -> [Change] {
        let name = new.name
        let (before, after) = (merged(old.servers), merged(new.servers))
        let weightBefore = Dictionary(before.map { ($0.address, $0.weight) }) { first, _ in first }
        let kept = Set(after.map(\.address))
        var changes: [Change] = after.filter { weightBefore[$0.address] == nil }
            .map { .serverAdded($0, upstream: name) }
        changes += before.filter { !kept.contains($0.address) }
            .map { .serverRemoved($0, upstream: name) }
        changes += after.compactMap { server in
            guard let weight = weightBefore[server.address], weight != server.weight else {
                return nil
            }
            return .weightChanged(
                server.address, upstream: name, from: weight, to: server.weight)
        }
        if old.hostHeader != new.hostHeader {
            changes.append(
                .hostHeaderChanged(upstream: name, from: old.hostHeader, to: new.hostHeader))
        }
        if old.hasFailover != new.hasFailover {
            changes.append(.failoverChanged(upstream: name, to: new.hasFailover))
        }
        return changes
    }

    /// Each address once. Flags can give one twice, which doubles its share.
    private static func merged(
        _ servers: [GatewayConfiguration.Server]
    ) -> [GatewayConfiguration.Server] {
        var merged: [GatewayConfiguration.Server] = []
        var places: [SocketAddress: Int] = [:]
        for server in servers {
            if let place = places[server.address] {
                merged[place].weight &+= server.weight
            } else {
                places[server.address] = merged.count
                merged.append(server)
            }
        }
        return merged
    }
}
