/// Where in a hand-over something happened.
public enum HandOverStep: String, Hashable, Sendable, CustomStringConvertible {
    /// Both sides say who they are.
    case greeting
    /// The sockets go over.
    case transfer
    /// The successor confirms that it holds them.
    case receipt
    /// The successor reads its configuration and binds its listeners.
    case preparation
    /// The predecessor sends it requests, and judges the answers.
    case probation
    /// The successor starts to accept.
    case serving
    /// The predecessor lets go.
    case release
    /// Clients and tunnels go over.
    case moving

    /// The step's name.
    public var description: String { rawValue }
}
