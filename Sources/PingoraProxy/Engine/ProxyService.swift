public import PingoraCore

/// Serves a ``ProxyHttp`` on listeners.
public struct ProxyService<Logic: ProxyHttp>: Service {
    public let name: String
    public let addresses: [SocketAddress]
    let logic: Logic
    let options: ProxyOptions
    /// What makes clients' connections secure, by the address that they come in on.
    let layers: [SocketAddress: any TransportLayer]

    /// A service that runs `logic` for what comes in on `addresses`.
    public init(
        _ logic: Logic, listen addresses: [SocketAddress], options: ProxyOptions = ProxyOptions(),
        name: String = "proxy"
    ) {
        self.init(logic, listen: addresses, options: options, name: name, layers: [:])
    }

    /// A service whose listeners with a layer in `layers` are secure.
    package init(
        _ logic: Logic, listen addresses: [SocketAddress], options: ProxyOptions = ProxyOptions(),
        name: String = "proxy", layers: [SocketAddress: any TransportLayer]
    ) {
        self.logic = logic
        self.addresses = addresses
        self.options = options
        self.name = name
        self.layers = layers
    }

    /// A service on addresses like `127.0.0.1:6188`, `[::1]:6188` or `unix:/run/app.sock`.
    ///
    /// - Throws: ``ServerError/invalidAddress(_:)`` for the first text that is no address.
    public init(
        _ logic: Logic, listen addresses: String..., options: ProxyOptions = ProxyOptions(),
        name: String = "proxy"
    ) throws(ServerError) {
        var parsed: [SocketAddress] = []
        for text in addresses {
            guard let address = SocketAddress(text) else { throw .invalidAddress(text) }
            parsed.append(address)
        }
        self.init(logic, listen: parsed, options: options, name: name)
    }

    public func makeWorker(
        on loop: EventLoop, shared: ServiceResources
    ) -> any ServiceWorker {
        ProxyWorker(self, on: loop, shared)
    }
}
