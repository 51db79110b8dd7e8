import PingoraConfig

extension ConfigurationReader {
    /// What makes two routes the same.
    private struct Match: Hashable {
        var host: String?
        var pathPrefix = "/"
    }

    mutating func readRoutes(_ section: inout ConfigurationSection) {
        let value = section["routes"]
        let elements = value?.elements("a list of routes") ?? []
        guard !elements.isEmpty else {
            if upstreamNames.count > 1, value?.isListOrNothing ?? true {
                let message =
                    "missing: with \(upstreamNames.count) upstreams, routes have to say which "
                    + "request goes to which"
                if let value {
                    value.report(message)
                } else {
                    section.reportMissing("routes", message)
                }
            }
            return
        }
        var lines: [Match: Int] = [:]
        for element in elements {
            guard let route = readRoute(element) else { continue }
            let match = Match(host: route.host?.lowercased(), pathPrefix: route.pathPrefix)
            let line = element.node.position.line
            if let earlier = lines.updateValue(line, forKey: match) {
                element.report("matches the same as the route in line \(earlier)")
            }
            configuration.routes.append(route)
        }
    }

    /// nil where it has problems.
    private func readRoute(_ element: ConfigurationValue) -> RouteTable.Route? {
        var route: RouteTable.Route?
        element.section { section in
            let match = readMatch(section["match"])
            guard let value = section["upstream"] else {
                return section.reportMissing(
                    "upstream", "missing: expected the name of an upstream")
            }
            guard let index = upstreamIndex(value), let match else { return }
            route = RouteTable.Route(
                host: match.host, pathPrefix: match.pathPrefix, upstream: index)
        }
        return route
    }

    /// What the route matches; everything where it does not say; nil where it has problems.
    private func readMatch(_ value: ConfigurationValue?) -> Match? {
        guard let value else { return Match() }
        var read: Match?
        value.section { section in
            let (host, prefix) = (section["host"], section["path_prefix"])
            var match = Match()
            host?.hostPattern().assign(to: &match.host)
            let path = prefix.map { $0.pathPrefix() } ?? match.pathPrefix
            guard host == nil || match.host != nil, let path else { return }
            match.pathPrefix = path
            read = match
        }
        return read
    }

    private func upstreamIndex(_ value: ConfigurationValue) -> Int? {
        guard let name = value.text("the name of an upstream") else { return nil }
        if let index = upstreamIndices[name] { return index }
        value.reportUnknown("upstream", name, among: upstreamNames)
        return nil
    }
}
