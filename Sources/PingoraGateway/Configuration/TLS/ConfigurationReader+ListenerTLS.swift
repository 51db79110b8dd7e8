import PingoraConfig
import PingoraCore
import PingoraHTTP
import PingoraTLS

/// `tls` of a listener.
extension ConfigurationReader {
    /// A browser opens a handful of connections; each ticket costs both sides some 200 bytes.
    private static let tickets = 0...16
    /// Each may hold some 40 KiB.
    private static let handshakes = 1...1_000_000

    mutating func readListenerTLS(
        _ value: ConfigurationValue
    ) -> GatewayConfiguration.ListenerTLS? {
        var read: GatewayConfiguration.ListenerTLS?
        value.section { section in
            var secure = SecureSection(
                place: value, options: .listener(TLSServerOptions(certificates: [])))
            let certificates = readCertificates(&section, into: &secure)
            var options = TLSServerOptions(certificates: certificates)
            section["profile"]?.choice(of: ["intermediate": .intermediate, "modern": .modern])
                .assign(to: &options.profile)
            section["tickets"]?.integer(in: Self.tickets).assign(to: &options.ticketCount)
            section["max_handshakes"]?.integer(in: Self.handshakes)
                .assign(to: &options.maximumHandshakes)
            section["ktls"]?.boolean().assign(to: &options.usesKernel)
            options.keyLogFile = path(section["key_log"], into: &secure)
            let subject = readClients(&section, into: &options, &secure)
            var tls = GatewayConfiguration.ListenerTLS(options)
            tls.clientSubjectHeader = subject
            secure.options = .listener(options)
            secureSections.append(secure)
            read = tls
        }
        return read
    }

    /// `certificates`, or `certificate` and `key` where there is one.
    private func readCertificates(
        _ section: inout ConfigurationSection, into secure: inout SecureSection
    ) -> [TLSCertificateFiles] {
        let list = section["certificates"]
        let (chain, key) = (section["certificate"], section["key"])
        guard let list else {
            guard chain != nil || key != nil else {
                section.reportMissing(
                    "certificates", "missing: expected a list of { chain: PATH, key: PATH }")
                return []
            }
            return pair(chain, "certificate", key, in: section, into: &secure).map { [$0] } ?? []
        }
        for other in [chain, key] { other?.report("there is 'certificates' already") }
        let elements = list.elements("a list of { chain: PATH, key: PATH }")
        if elements.isEmpty, list.isListOrNothing {
            list.report("empty: expected at least one { chain: PATH, key: PATH }")
        }
        var lines: [String: Int] = [:]
        return elements.compactMap { readCertificate($0, into: &secure, namedIn: &lines) }
    }

    private func readCertificate(
        _ element: ConfigurationValue, into secure: inout SecureSection,
        namedIn lines: inout [String: Int]
    ) -> TLSCertificateFiles? {
        var read: TLSCertificateFiles?
        element.section { section in
            let (chain, key) = (section["chain"], section["key"])
            let names = section["names"]?.elements("a list of host names") ?? []
            let staple = path(section["ocsp"], into: &secure)
            var files = pair(chain, "chain", key, in: section, into: &secure)
            files?.names = names.compactMap { value in
                guard let name = value.hostPattern() else { return nil }
                let line = value.node.position.line
                if let earlier = lines.updateValue(line, forKey: name.lowercased()) {
                    value.report("is a name of the certificate in line \(earlier) already")
                }
                secure.names[name.lowercased()] = value
                return name
            }
            files?.ocspResponse = staple
            read = files
        }
        return read
    }

    /// A certificate and its key, both of which are needed.
    func pair(
        _ chain: ConfigurationValue?, _ name: String, _ key: ConfigurationValue?,
        in section: ConfigurationSection, into secure: inout SecureSection
    ) -> TLSCertificateFiles? {
        if chain == nil {
            section.reportMissing(name, "missing: expected the path of a certificate (PEM)")
        }
        if key == nil {
            section.reportMissing("key", "missing: expected the path of the private key (PEM)")
        }
        // Both are read, so that both are reported.
        let (chainPath, keyPath) = (path(chain, into: &secure), path(key, into: &secure))
        guard let chainPath, let keyPath else { return nil }
        return TLSCertificateFiles(chain: chainPath, key: keyPath)
    }

    /// The path of a file, which is absolute where there is a working directory.
    func path(_ value: ConfigurationValue?, into secure: inout SecureSection) -> String? {
        guard let value, let text = value.text("a path") else { return nil }
        var path = text
        if !text.hasPrefix("/"), let directory = configuration.workingDirectory {
            path = directory.hasSuffix("/") ? directory + text : "\(directory)/\(text)"
        }
        secure.paths[path] = value
        return path
    }

    /// Whether clients show a certificate, and the field that says whose it was.
    private func readClients(
        _ section: inout ConfigurationSection, into options: inout TLSServerOptions,
        _ secure: inout SecureSection
    ) -> FieldName? {
        let (policy, header) = (section["client_certificates"], section["client_subject_header"])
        let authorities = section["client_ca"]
        let file = path(authorities, into: &secure)
        let name = header?.proxyFieldName()
        guard let mode = policy.map({ $0.clientPolicy() }) ?? .some(0) else { return name }
        if let file, mode == 1 { options.clientCertificates = .optional(authorities: file) }
        if let file, mode == 2 { options.clientCertificates = .required(authorities: file) }
        if mode > 0, authorities == nil {
            section.reportMissing(
                "client_ca",
                "missing: expected the path of the certificates (PEM) of those who "
                    + "sign clients' certificates")
        }
        guard mode == 0 else { return name }
        for value in [authorities, header] {
            value?.report("needs client_certificates: optional or required")
        }
        return name
    }
}

extension ConfigurationValue {
    /// 0: none, 1: optional, 2: required.
    fileprivate func clientPolicy() -> Int? {
        choice(of: ["none": 0, "optional": 1, "required": 2])
    }

    /// Fields that frame messages, lead them or are the proxy's own already.
    private static let taken: Set<FieldName> = [
        .host, .connection, .contentLength, .transferEncoding, .trailer, .te, .upgrade, .expect,
        .keepAlive, .proxyConnection, .via, .maxForwards, .contentType, .cookie, .forwarded,
        .xForwardedFor, .xForwardedHost, .xForwardedProto,
    ]

    /// The name of a field that the proxy adds, and that means nothing else.
    fileprivate func proxyFieldName() -> FieldName? {
        let expected = "the name of a field such as X-Client-Subject"
        guard let text = text(expected) else { return nil }
        guard let name = FieldName(text) else {
            reportExpected(expected)
            return nil
        }
        guard !Self.taken.contains(name) else {
            reportExpected(expected, hint: ": that one has a meaning of its own")
            return nil
        }
        return name
    }
}
