/// A connection that a predecessor gives away. The descriptors stay the caller's.
public enum MovingConnection: Hashable, Sendable {
    /// A client between two requests.
    case client(MovingClient, descriptor: CInt)
    /// An established tunnel.
    case tunnel(MovingTunnel, client: CInt, server: CInt)

    var message: Message {
        switch self {
        case .client(let client, _): .client(client)
        case .tunnel(let tunnel, _, _): .tunnel(tunnel)
        }
    }

    var descriptors: [CInt] {
        switch self {
        case .client(_, let descriptor): [descriptor]
        case .tunnel(_, let client, let server): [client, server]
        }
    }

    /// The bytes that the connection holds where it holds the most.
    var mostHeldBytes: Int {
        switch self {
        case .client(let client, _): client.input.count
        case .tunnel(let tunnel, _, _):
            [
                tunnel.request.count, tunnel.clientInput.count, tunnel.clientOutput.count,
                tunnel.serverInput.count, tunnel.serverOutput.count,
            ].reduce(0, max)
        }
    }
}

/// A connection that came to a successor, which owns its descriptors.
public enum ArrivedConnection: ~Copyable, Sendable {
    /// A client between two requests.
    case client(MovingClient, Descriptor)
    /// An established tunnel.
    case tunnel(MovingTunnel, client: Descriptor, server: Descriptor)
}

/// Why a successor needs not wait for more connections.
public enum MovingEnd: Hashable, Sendable {
    /// The predecessor ends.
    case farewell
    /// The predecessor is gone without a word.
    case predecessorGone
    /// Something else: a broken protocol, a system call that failed here, or a predecessor that
    /// takes no more acknowledgements.
    case failed(UpgradeError)
}
