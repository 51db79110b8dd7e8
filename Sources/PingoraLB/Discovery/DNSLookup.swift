import PingoraCore

/// Which questions lead to backends, and what the answers make. Pure: the questions are asked by
/// whoever calls.
struct DNSLookup: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case addresses(port: UInt16, weight: Int)
        case service
    }

    let name: String
    let kind: Kind
    let families: DNSDiscovery.Families

    /// After this no further question is asked: a service may name a thousand servers.
    static let timeLimit = TimeLimit.seconds(30)
    /// What a TTL is kept to: below, the servers would be flooded; above, a mistake would last.
    static let validSeconds: ClosedRange<UInt32> = 1...3600

    typealias Ask = (String, DNSRecordType) throws(DNSError) -> DNSAnswer

    /// The backends, in the order of their addresses, as servers turn theirs round.
    ///
    /// - Throws: `DiscoveryError`: there are none or too many, or a question has no answer.
    func backends(_ ask: Ask) throws(DiscoveryError) -> DiscoveredBackends {
        var gathered = Gathered()
        switch kind {
        case .addresses(let port, let weight):
            try gather(name, port: port, weight: weight, isBackup: false, into: &gathered, ask)
        case .service:
            try gatherService(into: &gathered, ask)
        }
        guard !gathered.backends.isEmpty else {
            throw error(name, families.types, DNSError.noRecords.description)
        }
        let sorted = gathered.backends.values.sorted {
            $0.address.description < $1.address.description
        }
        let seconds = min(
            max(gathered.timeToLive, DNSLookup.validSeconds.lowerBound),
            DNSLookup.validSeconds.upperBound)
        let backends = try DiscoveryLimits.checked(sorted.map(\.backend))
        return DiscoveredBackends(backends, validFor: .seconds(Double(seconds)))
    }

    private struct Gathered {
        var backends: [SocketAddress: FoundBackend] = [:]
        var timeToLive = UInt32.max
    }

    private func gatherService(into gathered: inout Gathered, _ ask: Ask) throws(DiscoveryError) {
        let answer = try self.ask(name, .service, ask)
        gathered.timeToLive = answer.timeToLive
        let services = answer.contents.compactMap { content -> DNSService? in
            guard case .service(let service) = content, service.target != "." else { return nil }
            return service
        }
        guard let primary = services.map(\.priority).min() else {
            throw error(name, [.service], "the service is not offered (target \".\")")
        }
        guard services.count <= DiscoveryLimits.backends else {
            throw error(
                name, [.service],
                "\(services.count) servers, at most \(DiscoveryLimits.backends)")
        }
        for service in services.sorted(by: { $0.priority < $1.priority }) {
            try gather(
                service.target, port: service.port, weight: max(1, Int(service.weight)),
                isBackup: service.priority > primary, into: &gathered, ask)
        }
    }

    /// Adds the addresses of one name. A name without any, or that is not there, adds none; it is
    /// left to the end whether there are any at all. An address that is there already stays.
    private func gather(
        _ host: String, port: UInt16, weight: Int, isBackup: Bool, into gathered: inout Gathered,
        _ ask: Ask
    ) throws(DiscoveryError) {
        for type in families.types {
            let answer: DNSAnswer
            do {
                answer = try ask(host, type)
            } catch .noRecords {
                continue
            } catch .noSuchName where host != name {
                continue
            } catch {
                throw self.error(host, [type], error.description)
            }
            gathered.timeToLive = min(gathered.timeToLive, answer.timeToLive)
            for content in answer.contents {
                let address: SocketAddress
                switch content {
                case .ipv4(let number): address = .ipv4(number, port: port)
                case .ipv6(let high, let low): address = .ipv6(high: high, low: low, port: port)
                case .alias, .service: continue
                }
                guard gathered.backends[address] == nil else { continue }
                gathered.backends[address] = FoundBackend(
                    address: address, weight: weight, isBackup: isBackup)
            }
        }
    }

    private func ask(
        _ name: String, _ type: DNSRecordType, _ ask: Ask
    ) throws(DiscoveryError) -> DNSAnswer {
        do {
            return try ask(name, type)
        } catch {
            throw self.error(name, [type], error.description)
        }
    }

    /// `DNS example.com A: no such name (NXDOMAIN)`.
    private func error(_ name: String, _ types: [DNSRecordType], _ reason: String) -> DiscoveryError
    {
        let types = types.map(\.description).joined(separator: " and ")
        return DiscoveryError("DNS \(ShownExcerpt.of(name)) \(types): \(reason)")
    }
}
