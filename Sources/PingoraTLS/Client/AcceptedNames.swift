/// Which names a server's certificate may have.
enum AcceptedNames: Equatable {
    /// Nothing is verified about names.
    case any
    /// One of these, compared as DNS does.
    case hosts([String])
    /// This IPv4 or IPv6 address.
    case address(String)

    /// The names that `options` accept.
    ///
    /// A name with underscores in its first label is accepted with hyphens as well, so that a
    /// wildcard can stand for it; see ``HostName/withoutUnderscores(_:)``.
    /// - Throws: `TLSError` where there is no name, or one that can't be one.
    init(_ options: TLSClientOptions) throws(TLSError) {
        guard options.verifiesCertificate, options.verifiesHostName else {
            self = .any
            return
        }
        let names = [options.serverName, options.alternativeName].compactMap { $0 }
        guard !names.isEmpty else { throw .noServerName }
        if let address = names.first(where: HostName.isAddress) {
            guard names.count == 1 else {
                throw .badName(address, reason: "an IP address can't have an alternative name")
            }
            self = .address(address)
            return
        }
        var accepted: [String] = []
        for name in names {
            guard let name = HostName.normalized(name), !name.hasPrefix("*") else {
                throw .badName(name, reason: "not a host name")
            }
            accepted += [name] + [HostName.withoutUnderscores(name)].compactMap { $0 }
        }
        self = .hosts(accepted)
    }
}
