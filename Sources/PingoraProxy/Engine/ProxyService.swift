public import PingoraCore

/// Serves a ``ProxyHttp`` on listeners.
public struct ProxyService<Logic: ProxyHttp>: Service {
    public let name: String
    public let addresses: [SocketAddress]
    private let logic: Logic
    private let options: ProxyOptions

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

    public func makeWorker(
        on loop: EventLoop, shared: ServiceResources
    ) -> any ServiceWorker {
        ProxyWorker(logic, options, on: loop, shared.pools)
    }
}
