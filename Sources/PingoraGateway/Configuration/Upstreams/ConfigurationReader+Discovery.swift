import PingoraConfig
import PingoraCore
import PingoraLB

/// Where servers come from.
extension ConfigurationReader {
    private typealias Source = GatewayConfiguration.Discovery.Source

    private static let interval = Duration.seconds(1)...Duration.seconds(86_400)
    private static let sources = "dns, dns_service, file or http"

    mutating func readDiscovery(
        _ section: inout ConfigurationSection, into upstream: inout GatewayConfiguration.Upstream
    ) {
        let found: [(value: ConfigurationValue, source: Source?)] = [
            section["dns"].map { ($0, $0.nameWithPort().map { .dns(name: $0, port: $1) }) },
            section["dns_service"].map { ($0, $0.serviceName().map { .dnsService($0) }) },
            section["file"].map { ($0, $0.text("a path").map { .file($0) }) },
            section["http"].map { ($0, $0.endpoint().map { .http($0, path: $1) }) },
        ].compactMap { $0 }
        let interval = section["interval"]?.duration(in: Self.interval)
        guard let first = found.first else {
            return section.value.report("expected a source: \(Self.sources)")
        }
        for other in found.dropFirst() { other.value.report("a second source: expected one") }
        guard let source = first.source else { return }
        var discovery = GatewayConfiguration.Discovery(source)
        interval.map { TimeLimit($0) }.assign(to: &discovery.interval)
        upstream.discovery = discovery
        if finds { questions.append((upstream.name, discovery, first.value)) }
    }

    /// Asks the sources of all groups for their servers. Without an answer the file is no good,
    /// unless it names servers as well.
    mutating func findServers() {
        for (name, discovery, place) in questions {
            do throws(DiscoveryError) {
                configuration.discovered[name] = try FirstDiscovery.backends(of: discovery.made)
            } catch {
                let hasServers = configuration.upstreams.contains {
                    $0.name == name && !$0.servers.isEmpty
                }
                if !hasServers { place.report("\(error)") }
            }
        }
    }
}

extension ConfigurationValue {
    private static let longestName = 253

    /// `app.internal:80`.
    fileprivate func nameWithPort() -> (String, UInt16)? {
        let expected = "a name with a port such as app.internal:80"
        guard let text = text(expected) else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isName(parts[0]), AddressHint.isName(text),
            let port = UInt16(parts[1]), port > 0
        else {
            let isAddress = SocketAddress(text) != nil
            reportExpected(expected, hint: isAddress ? ": an address goes to servers" : "")
            return nil
        }
        return (String(parts[0]), port)
    }

    /// `_http._tcp.example.com`.
    fileprivate func serviceName() -> String? {
        let expected = "the name of a service such as _http._tcp.example.com"
        guard let text = text(expected) else { return nil }
        guard text.hasPrefix("_"), Self.isName(text[...]) else {
            reportExpected(expected, hint: text.contains(":") ? ": leave the port out" : "")
            return nil
        }
        return text
    }

    /// `http://10.0.0.1:8500/servers`.
    fileprivate func endpoint() -> (SocketAddress, String)? {
        let expected = "a URL such as http://10.0.0.1:8500/servers"
        guard let text = text(expected) else { return nil }
        let rest = text.hasPrefix("http://") ? text.dropFirst(7) : ""
        let host = rest.prefix { $0 != "/" }
        let path = String(rest.dropFirst(host.count))
        let isVisible = path.utf8.allSatisfy { 0x21..<0x7f ~= $0 && $0 != 0x23 }
        guard let address = SocketAddress(String(host)), address.port > 0, path.hasPrefix("/"),
            isVisible
        else {
            let isName = AddressHint.isName(String(host))
            let hint =
                text.hasPrefix("https://")
                ? ": only http is asked" : isName ? ": names are not resolved here" : ""
            reportExpected(expected, hint: hint)
            return nil
        }
        return (address, path)
    }

    private static func isName(_ name: Substring) -> Bool {
        !name.isEmpty && name.utf8.count <= longestName
            && name.utf8.allSatisfy { byte in
                48...57 ~= byte || 97...122 ~= byte | 0x20 || [0x2d, 0x2e, 0x5f].contains(byte)
            }
    }
}
