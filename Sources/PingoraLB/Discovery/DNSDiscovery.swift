public import PingoraCore

/// The addresses of a name, or the servers of a service, as DNS knows them.
///
/// Names are absolute: neither the search list of /etc/resolv.conf nor /etc/hosts is used. What is
/// found is good for the least TTL of all answers, but at least a second and at most an hour.
public struct DNSDiscovery: ServiceDiscovery {
    /// Which kinds of addresses are asked for.
    public enum Families: Hashable, Sendable {
        case ipv4
        case ipv6
        case both

        var types: [DNSRecordType] {
            switch self {
            case .ipv4: [.ipv4]
            case .ipv6: [.ipv6]
            case .both: [.ipv4, .ipv6]
            }
        }
    }

    private let lookup: DNSLookup
    /// The DNS server to ask; nil, the default, for those of /etc/resolv.conf.
    public var server: SocketAddress?
    /// For a question's first try, at least 1 s; there are two. Longer over TCP by as much.
    public var timeoutSeconds = 2

    /// All addresses of `name` (A and AAAA), each with this port and weight.
    public init(
        addressesOf name: String, port: UInt16, weight: Int = 1, families: Families = .both
    ) {
        lookup = DNSLookup(
            name: name, kind: .addresses(port: port, weight: weight), families: families)
    }

    /// The servers of a service (SRV, RFC 2782) such as `_http._tcp.example.com`, with their ports
    /// and weights, where 0 becomes 1, the least weight that gets requests. Each address of a
    /// server has the server's weight. Servers that are not of the lowest priority are backups.
    public init(service name: String, families: Families = .both) {
        lookup = DNSLookup(name: name, kind: .service, families: families)
    }

    /// Asks the servers, on a thread of its own.
    public func discover(on loop: EventLoop) async throws(DiscoveryError) -> DiscoveredBackends {
        let (lookup, resolver) = (
            lookup, DNSResolver(server: server, timeoutSeconds: timeoutSeconds)
        )
        let result: Result<DiscoveredBackends, DiscoveryError>
        do {
            result = try await HelperThread.run(named: "resolver") {
                Result { () throws(DiscoveryError) in
                    let budget = MonotonicTime.current.advanced(by: DNSLookup.timeLimit)
                    return try lookup.backends { name, type throws(DNSError) in
                        guard MonotonicTime.current < budget else { throw .timedOut }
                        return try resolver.ask(name, type)
                    }
                }
            }
        } catch {
            throw DiscoveryError(error.description)
        }
        return try result.get()
    }
}
