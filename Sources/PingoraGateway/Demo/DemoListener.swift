public import PingoraCore
import PingoraTLS

extension GatewayConfiguration {
    /// Adds a listener that speaks TLS with a certificate that nobody trusts, for a first try.
    ///
    /// - Throws: `GatewayError` where no certificate can be made.
    public mutating func listenForDemo(on address: SocketAddress) throws(GatewayError) {
        do {
            let certificate = try ThrowawayCertificate.make()
            listeners.append(address)
            secureListeners[address] = ListenerTLS(TLSServerOptions(certificates: [certificate]))
        } catch {
            throw .cannotUseTLS(error)
        }
    }
}
