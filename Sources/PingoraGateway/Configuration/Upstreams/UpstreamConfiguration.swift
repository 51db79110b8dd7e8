public import PingoraCore
public import PingoraHTTP
public import PingoraLB
public import PingoraTLS

extension GatewayConfiguration {
    /// A group of servers that serve the same.
    public struct Upstream: Hashable, Sendable {
        /// The name in `routes`.
        public var name: String
        /// What Host is replaced with; nil: the client's is passed on.
        public var hostHeader: String?
        /// How connections to its servers are made secure; nil: they are plain.
        public var tls: TLSClientOptions?
        /// How a server is chosen.
        public var algorithm = Algorithm.roundRobin
        /// What ties a request to a server, where the algorithm hashes.
        public var hashKey = HashKey.uri
        /// Whether a request tries another server where one can't be reached or does not answer.
        public var hasFailover = true
        /// For one try, from the choice of a server to the head of its response; nil: as long as
        /// the timeouts of its steps take.
        public var tryTimeout: TimeLimit?
        /// Ejection, slow start, panic, and how many requests may wait.
        public var policy = BalancingPolicy()
        /// How long a request waits where all servers have as many as they serve at the same time.
        public var pendingTimeout = TimeLimit.seconds(1)
        /// How a client gets back to its server; nil: it does not.
        public var sticky: Sticky?
        /// How servers are checked; nil: they are not.
        public var healthCheck: HealthCheck?
        /// Where servers come from; nil: from the file alone.
        public var discovery: Discovery?
        /// The servers of the file.
        public var servers: [Server]

        /// A group.
        public init(name: String, hostHeader: String? = nil, servers: [Server]) {
            self.name = name
            self.hostHeader = hostHeader
            self.servers = servers
        }
    }

    /// A server of a group.
    public struct Server: Hashable, Sendable {
        /// Where it listens.
        public var address: SocketAddress
        /// Its share; 0: it gets nothing (drained).
        public var weight: Int
        /// Whether it is used only while none of the others is fit.
        public var isBackup = false
        /// Requests that it serves at the same time, at most; nil: any number.
        public var maximumRequests: Int?

        /// A server.
        public init(address: SocketAddress, weight: Int = 1) {
            self.address = address
            self.weight = weight
        }
    }

    /// How a server is chosen; the raw value is the word in the file.
    public enum Algorithm: String, Hashable, Sendable, CaseIterable {
        case roundRobin = "round_robin"
        case random
        case leastConnections = "least_connections"
        case twoChoices = "two_choices"
        case peakEWMA = "peak_ewma"
        case ketama
        case fnvHash = "fnv_hash"
        case boundedLoad = "bounded_load"
        case maglev

        /// Whether it ties requests to servers by a key.
        public var hashes: Bool {
            switch self {
            case .ketama, .fnvHash, .boundedLoad, .maglev: true
            case .roundRobin, .random, .leastConnections, .twoChoices, .peakEWMA: false
            }
        }
    }

    /// What ties a request to a server.
    public enum HashKey: Hashable, Sendable {
        /// The path with the query.
        case uri
        case path
        case host
        /// Without the port.
        case clientAddress
        case header(FieldName)
        case cookie(String)
    }

    /// How servers are checked.
    public struct HealthCheck: Hashable, Sendable {
        /// What is asked for; nil: nothing, a connection is enough.
        public var path: String?
        /// How it is asked for: GET.
        public var method = "GET"
        /// What Host says; nil: the server's address.
        public var host: String?
        /// The statuses of the answer that pass: 200.
        public var statuses = [200...200]
        /// What the body of the answer must contain; nil: anything.
        public var body: String?
        /// Where to ask, if not at the port of the server.
        public var port: UInt16?
        /// How often, and what the results mean.
        public var options = HealthCheckOptions()

        /// A check that connects, and no more.
        public init() {}
    }

    /// How a client gets back to its server.
    public struct Sticky: Hashable, Sendable, CustomStringConvertible {
        /// The name of the cookie.
        public var cookie: String
        /// Where the secret is kept.
        public var secretFile: String
        /// What makes cookies that nobody else can make.
        public var secret: [UInt8]
        /// How long the client keeps it; nil: until its browser is closed.
        public var maximumAge: TimeLimit?
        /// Whether it is sent over HTTPS only.
        public var isSecure = false

        /// A cookie of this name.
        public init(cookie: String, secretFile: String, secret: [UInt8]) {
            (self.cookie, self.secretFile, self.secret) = (cookie, secretFile, secret)
        }

        /// Without the secret.
        public var description: String {
            let age = maximumAge.map { " max_age \($0)" } ?? ""
            return "cookie \(cookie) secret_file \(secretFile)\(age)\(isSecure ? " secure" : "")"
        }
    }

    /// Where servers come from while the process runs.
    public struct Discovery: Hashable, Sendable {
        /// What is asked.
        public enum Source: Hashable, Sendable {
            /// The addresses of a name, each with this port.
            case dns(name: String, port: UInt16)
            /// The servers of a service (SRV).
            case dnsService(String)
            /// A file with a server in each line.
            case file(String)
            /// An endpoint that answers with JSON.
            case http(SocketAddress, path: String)
        }

        public var source: Source
        /// Between two questions, where the source does not say how long its answers are good for.
        public var interval = TimeLimit.seconds(30)

        /// A source.
        public init(_ source: Source) { self.source = source }
    }
}
