public import PingoraHTTP

/// What a stream of bytes is read as.
public enum StreamKind: Hashable, Sendable {
    /// What a client sends: one request after the other.
    case requests
    /// What an origin sends in answer to one request.
    case responses(to: Method)
    /// A request whose head is written down as the next hop gets it.
    case forwarding
}
