/// Where in a hand-over something happened.
public enum HandOverStep: String, Hashable, Sendable, CustomStringConvertible {
    /// Both sides say who they are.
    case greeting
    /// The sockets go over.
    case transfer
    /// The successor confirms that it holds them.
    case receipt
    /// The successor starts to serve.
    case probation
    /// The predecessor lets go.
    case release

    /// The step's name.
    public var description: String { rawValue }
}
