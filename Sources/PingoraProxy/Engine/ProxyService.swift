public import PingoraCore

/// Serves a ``ProxyHttp`` on listeners.
public struct ProxyService<Logic: ProxyHttp>: Service {
    public let name: String
    public let addresses: [SocketAddress]
    let logic: Logic
    let options: ProxyOptions

    /// A service that runs `logic` for what comes in on `addresses`.
    public init(
        _ logic: Logic, listen addresses: [SocketAddress], options: ProxyOptions = ProxyOptions(),
        name: String = "proxy"
    ) {
        self.logic = logic
        self.addresses = addresses
        self.options = options
        self.name = name
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
