/// Which pooled connections can stand in for each other: those with equal keys.
package struct ReuseKey: Hashable, Sendable {
    package let address: SocketAddress
    /// The local address they were bound to, if any.
    package let source: SocketAddress?
    /// Told apart by the user, for instance by tenant.
    package let group: UInt64
    /// What makes them secure; see ``TransportLayer/identity``. 0 for plain TCP.
    package let layer: UInt64

    package init(
        address: SocketAddress, source: SocketAddress?, group: UInt64, layer: UInt64 = 0
    ) {
        self.address = address
        self.source = source
        self.group = group
        self.layer = layer
    }

    /// The address decides nearly always; hashing only it keeps the look-up cheap.
    package func hash(into hasher: inout Hasher) {
        switch address {
        case .ipv4(let host, let port): hasher.combine(UInt64(host) << 16 | UInt64(port))
        case .ipv6(let high, let low, let port): hasher.combine(high ^ low &+ UInt64(port))
        case .unix(let path): hasher.combine(path)
        }
    }
}
