/// What the two processes say to each other.
enum Message: Hashable, Sendable {
    /// The first message of either side.
    case hello(Hello)
    /// A batch of sockets: a name for each descriptor that comes along, in the same order.
    case sockets([SocketName])
    /// There are no more sockets; `count` were sent.
    case endOfSockets(count: UInt32)
    /// The successor holds all `count` sockets.
    case received(count: UInt32)
    /// The successor accepts connections.
    case serving
    /// The predecessor accepts no more: the successor is on its own.
    case released
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
        // 16 to 31 are kept for connections and keys that follow (docs/UPGRADE_PROTOCOL.md).

        /// Whether descriptors may come along.
        var carriesDescriptors: Bool { self == .sockets }
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
        }
    }

    /// How many descriptors travel with it.
    var descriptorCount: Int {
        if case .sockets(let names) = self { names.count } else { 0 }
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
