import PingoraConfig
import PingoraCore

extension ConfigurationReader {
    /// As wide as nginx's and HAProxy's together.
    private static let weights = 0...65_535
    /// At the same time; more than any server has memory for.
    private static let requests = 1...1_000_000
    /// A name stands in every line about the upstream.
    private static let longestName = 64

    mutating func readUpstreams(_ section: inout ConfigurationSection) {
        guard let value = section["upstreams"] else {
            if !supplied.contains(.upstreams) {
                section.reportMissing(
                    "upstreams", "missing: expected a mapping of names to groups of servers")
            }
            return
        }
        let named = value.named("a mapping of names to groups of servers")
        if named.isEmpty, value.isMappingOrNothing {
            value.report("empty: expected at least one name with its servers")
        }
        for upstream in named {
            checkName(upstream)
            upstreamIndices[upstream.name] = upstreamNames.count
            upstreamNames.append(upstream.name)
            configuration.upstreams.append(readUpstream(upstream))
        }
    }

    private func checkName(_ upstream: NamedValue) {
        let isWord = upstream.name.utf8.allSatisfy { byte in
            48...57 ~= byte || 65...90 ~= byte || 97...122 ~= byte
                || [0x2d, 0x2e, 0x5f].contains(byte)
        }
        if !isWord || !(1...Self.longestName ~= upstream.name.utf8.count) {
            upstream.reportName(
                "expected a name of 1 to \(Self.longestName) letters, digits, '-', '_' and '.'")
        }
    }

    private mutating func readUpstream(_ upstream: NamedValue) -> GatewayConfiguration.Upstream {
        var read = GatewayConfiguration.Upstream(name: upstream.name, servers: [])
        upstream.value.section { section in
            section["host_header"]?.hostWithPort().assign(to: &read.hostHeader)
            section["tls"]?.section { readUpstreamTLS(&$0, into: &read) }
            readChoice(&section, into: &read)
            section["health_check"]?.section { readHealthCheck(&$0, into: &read) }
            section["sticky"]?.section { readSticky(&$0, into: &read) }
            section["ejection"]?.section { readEjection(&$0, into: &read.policy) }
            let discovery = section["discovery"]
            discovery?.section { readDiscovery(&$0, into: &read) }
            if let servers = section["servers"] {
                read.servers = readServers(servers, isWhole: discovery == nil)
            } else if discovery == nil {
                section.reportMissing(
                    "servers", "missing: expected a list of addresses such as 10.0.0.1:80")
            }
        }
        return read
    }

    /// - Parameter isWhole: whether there are no others.
    private func readServers(
        _ value: ConfigurationValue, isWhole: Bool
    ) -> [GatewayConfiguration.Server] {
        let elements = value.elements("a list of addresses")
        if elements.isEmpty, value.isListOrNothing {
            value.report("empty: expected at least one address such as 10.0.0.1:80")
        }
        var servers: [GatewayConfiguration.Server] = []
        var lines: [SocketAddress: Int] = [:]
        for element in elements {
            guard let (server, place) = readServer(element) else { continue }
            if let line = lines[server.address] {
                place.report("\(place.node.shown) is a server already, in line \(line)")
                continue
            }
            if server.address.port == 0, !server.address.isUnix {
                place.report("\(place.node.shown) has port 0: expected a port from 1 to 65535")
            }
            lines[server.address] = place.node.position.line
            servers.append(server)
        }
        guard isWhole, !elements.isEmpty, servers.count == elements.count else { return servers }
        if servers.allSatisfy({ $0.weight == 0 }) {
            value.report("every server has weight 0: expected one with a weight above 0")
        } else if servers.allSatisfy({ $0.isBackup || $0.weight == 0 }) {
            value.report("every server is a backup: expected one that is none")
        }
        return servers
    }

    /// An address alone, or a mapping.
    private func readServer(
        _ element: ConfigurationValue
    ) -> (GatewayConfiguration.Server, ConfigurationValue)? {
        if case .scalar = element.node.content {
            return element.socketAddress().map { (.init(address: $0), element) }
        }
        var found: (GatewayConfiguration.Server, ConfigurationValue)?
        element.section { section in
            let weight = section["weight"].map { $0.integer(in: Self.weights) } ?? 1
            let isBackup = section["backup"]?.boolean() ?? false
            let maximum = section["max_requests"]?.integer(in: Self.requests)
            guard let value = section["address"] else {
                return section.reportMissing("address", "missing: where the server listens")
            }
            guard let address = value.socketAddress() else { return }
            var server = GatewayConfiguration.Server(address: address, weight: weight ?? 1)
            (server.isBackup, server.maximumRequests) = (isBackup, maximum)
            found = (server, value)
        }
        return found
    }
}
