import PingoraCore
import PingoraTLS

extension GatewayConfiguration {
    /// Adds a listener for a first try of HTTPS, one port above the first one, with a certificate
    /// that nobody trusts. A Unix socket has no port above it, nor has port 0.
    ///
    /// - Throws: `GatewayError` where no certificate can be made.
    public mutating func listenForDemo() throws(GatewayError) {
        guard let address = listeners.first?.nextPort, !listeners.contains(address) else { return }
        do {
            let certificate = try ThrowawayCertificate.make()
            listeners.append(address)
            secureListeners[address] = ListenerTLS(TLSServerOptions(certificates: [certificate]))
        } catch {
            throw .cannotUseTLS(error)
        }
    }
}

extension SocketAddress {
    /// The same host with the port above; nil where there is none.
    fileprivate var nextPort: SocketAddress? {
        switch self {
        case .ipv4(let host, let port) where 1..<UInt16.max ~= port: .ipv4(host, port: port + 1)
        case .ipv6(let high, let low, let port) where 1..<UInt16.max ~= port:
            .ipv6(high: high, low: low, port: port + 1)
        default: nil
        }
    }
}
