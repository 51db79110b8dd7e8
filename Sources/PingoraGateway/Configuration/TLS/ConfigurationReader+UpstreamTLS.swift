import PingoraConfig
import PingoraCore
import PingoraTLS

/// `tls` of a group of servers.
extension ConfigurationReader {
    /// After the group's `host_header` was read, which is who is meant unless `tls` says otherwise.
    mutating func readUpstreamTLS(
        _ section: inout ConfigurationSection, into upstream: inout GatewayConfiguration.Upstream
    ) {
        var options = TLSClientOptions(serverName: nil)
        var secure = SecureSection(place: section.value, options: .upstream(options))
        let (name, alternative) = (section["server_name"], section["alternative_name"])
        for value in [name, alternative].compactMap({ $0 }) {
            if case .scalar(let text, _) = value.node.content {
                secure.names[text.lowercased()] = value
            }
        }
        name?.serverName().assign(to: &options.serverName)
        alternative?.serverName().assign(to: &options.alternativeName)
        if name == nil { options.serverName = upstream.hostHeader.map(Self.withoutPort) }
        options.authorities = path(section["ca"], into: &secure)
        section["verify"]?.boolean().assign(to: &options.verifiesCertificate)
        section["verify_host"]?.boolean().assign(to: &options.verifiesHostName)
        section["min_version"]?.choice(of: ["1.2": .tls12, "1.3": .tls13])
            .assign(to: &options.minimumVersion)
        let (chain, key) = (section["certificate"], section["key"])
        if chain != nil || key != nil {
            options.certificate = pair(chain, "certificate", key, in: section, into: &secure)
        }
        section["ktls"]?.boolean().assign(to: &options.usesKernel)
        options.keyLogFile = path(section["key_log"], into: &secure)

        let isVerified = options.verifiesCertificate && options.verifiesHostName
        if isVerified, name == nil, alternative == nil, options.serverName == nil {
            section.reportMissing(
                "server_name",
                "missing: expected the host name in the servers' certificate, as here or in "
                    + "host_header; 'verify_host: false' accepts any")
        } else {
            secure.options = .upstream(options)
            secureSections.append(secure)
        }
        upstream.tls = options
    }

    /// `example.com` in `example.com:8443`, `::1` in `[::1]:80`.
    private static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }

    /// Reads the files of every `tls`, as a start does.
    func checkSecureSections() {
        for section in secureSections { section.check() }
    }
}
