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
        var changes = servers(from: merged(old.servers), to: merged(new.servers), of: name)
        changes += UpstreamSetting.all.filter { $0.differs(old, new) }.map { setting in
            .upstreamSettingChanged(
                upstream: name, key: setting.key, from: setting.text(old), to: setting.text(new))
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

    private static func servers(
        from old: [GatewayConfiguration.Server], to new: [GatewayConfiguration.Server],
        of name: String
    ) -> [Change] {
        let before = Dictionary(old.map { ($0.address, $0) }) { first, _ in first }
        let kept = Set(new.map(\.address))
        let added = new.filter { before[$0.address] == nil }
        let removed = old.filter { !kept.contains($0.address) }
        let changed = new.flatMap { server in
            before[server.address].map { changes(from: $0, to: server, of: name) } ?? []
        }
        return added.map { .serverAdded($0, upstream: name) }
            + removed.map { .serverRemoved($0, upstream: name) } + changed
    }

    private static func changes(
        from old: GatewayConfiguration.Server, to new: GatewayConfiguration.Server,
        of name: String
    ) -> [Change] {
        var changes: [Change] = []
        if old.weight != new.weight {
            changes.append(
                .weightChanged(new.address, upstream: name, from: old.weight, to: new.weight))
        }
        let (before, after) = (old.maximumRequests, new.maximumRequests)
        if before != after {
            changes.append(
                .serverSettingChanged(
                    new.address, upstream: name, key: "max_requests",
                    from: before.map { "\($0)" } ?? "none", to: after.map { "\($0)" } ?? "none"))
        }
        if old.isBackup != new.isBackup {
            changes.append(
                .serverSettingChanged(
                    new.address, upstream: name, key: "backup", from: "\(old.isBackup)",
                    to: "\(new.isBackup)"))
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
