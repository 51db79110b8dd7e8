/// What the two processes say to each other.
enum Message: Hashable, Sendable {
    /// The first message of either side.
    case hello(Hello)
    /// A batch of sockets: a name for each descriptor that comes along, in the same order.
    case sockets([SocketName])
    /// There are no more sockets; `count` were sent. What the successor has to know comes along.
    case endOfSockets(count: UInt32, secrets: HandedSecrets = HandedSecrets())
    /// The successor holds all `count` sockets.
    case received(count: UInt32)
    /// The successor accepts connections.
    case serving
    /// The predecessor accepts no more: the successor is on its own.
    case released
    /// The successor could serve: its configuration is valid, its listeners are bound.
    case ready
    /// A connection that the predecessor made itself, to be served as a client of `service`.
    case probe(service: SocketName)
    /// The successor answered as it should, and may accept.
    case approved
    /// A client between two requests.
    case client(MovingClient)
    /// An established tunnel.
    case tunnel(MovingTunnel)
    /// The successor holds all `count` clients and tunnels that came so far.
    case adopted(count: UInt32)
    /// The predecessor ends. Nothing follows.
    case farewell
    /// The sender gives up, and why. Nothing follows.
    case refused(reason: String)

    /// The number that stands in the header.
    enum Kind: UInt16, CaseIterable, Sendable {
        case hello = 1
        case sockets = 2
        case endOfSockets = 3
        case received = 4
        case serving = 5
        case released = 6
        case refused = 7
        case ready = 16
        case probe = 17
        case approved = 18
        // 19 and 24 to 31 are kept for what follows (docs/UPGRADE_PROTOCOL.md).
        case client = 20
        case tunnel = 21
        case adopted = 22
        case farewell = 23

        /// How many descriptors come along.
        var descriptors: ClosedRange<Int> {
            switch self {
            case .sockets: 0...FormatLimits.descriptorsPerMessage
            case .probe, .client: 1...1
            case .tunnel: 2...2
            default: 0...0
            }
        }
        /// Whether it may be sent before the two sides agreed on a version.
        var isVersionless: Bool { self == .hello || self == .refused }
    }

    var kind: Kind {
        switch self {
        case .hello: .hello
        case .sockets: .sockets
        case .endOfSockets: .endOfSockets
        case .received: .received
        case .serving: .serving
        case .released: .released
        case .refused: .refused
        case .ready: .ready
        case .probe: .probe
        case .approved: .approved
        case .client: .client
        case .tunnel: .tunnel
        case .adopted: .adopted
        case .farewell: .farewell
        }
    }

    /// How many descriptors travel with it.
    var descriptorCount: Int {
        if case .sockets(let names) = self { names.count } else { kind.descriptors.lowerBound }
    }
}

/// Who speaks, and which versions of the protocol it can.
struct Hello: Hashable, Sendable {
    /// Which part the sender plays.
    enum Role: UInt8, Sendable {
        case giving = 1
        case taking = 2
    }

    let lowestVersion: UInt16
    let highestVersion: UInt16
    let processID: UInt32
    let role: Role
    /// The name and version of the program, for a log; empty when it did not say.
    var program = ""

    /// The highest version that both speak; nil when there is none.
    func commonVersion(with other: Hello) -> UInt16? {
        let version = min(highestVersion, other.highestVersion)
        return version >= max(lowestVersion, other.lowestVersion) ? version : nil
    }
}
