public import PingoraCore

/// A server that requests are sent to.
public struct Backend: Hashable, Sendable {
    /// Where it listens.
    public let address: SocketAddress
    /// Its share of requests relative to the other backends; 0 means drained: it gets none.
    public let weight: Int
    /// Its name in logs, and what hashing algorithms know it by.
    public let label: String

    /// A backend at `address`. A negative weight counts as 0; the label is the address by default.
    public init(_ address: SocketAddress, weight: Int = 1, label: String? = nil) {
        self.address = address
        self.weight = max(0, weight)
        self.label = label ?? address.description
    }

    /// A backend at `1.1.1.1:443`, `[::1]:443` or `unix:/run/app.sock`. Names are not resolved.
    ///
    /// - Throws: ``LoadBalancerError/invalidAddress(_:)`` for any other text.
    public init(
        parsing text: String, weight: Int = 1, label: String? = nil
    ) throws(LoadBalancerError) {
        guard let address = SocketAddress(text) else { throw .invalidAddress(text) }
        self.init(address, weight: weight, label: label)
    }
}
