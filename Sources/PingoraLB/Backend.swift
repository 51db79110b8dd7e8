public import PingoraCore

/// A server that requests are sent to.
public struct Backend: Hashable, Sendable {
    /// Where it listens.
    public let address: SocketAddress
    /// Its share of requests relative to the other backends; 0 means drained: it gets none.
    public let weight: Int
    /// Its name in logs, and what hashing algorithms know it by.
    public let label: String
    /// Whether it is used only while none of the others is fit.
    public let isBackup: Bool
    /// Requests that it serves at the same time, at most; nil: any number.
    public let maximumRequests: Int?

    /// A backend at `address`. A negative weight counts as 0 and a limit below 1 as 1; the label is
    /// the address by default.
    public init(
        _ address: SocketAddress, weight: Int = 1, label: String? = nil, isBackup: Bool = false,
        maximumRequests: Int? = nil
    ) {
        self.address = address
        self.weight = max(0, weight)
        self.label = label ?? address.description
        self.isBackup = isBackup
        self.maximumRequests = maximumRequests.map { max(1, $0) }
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
