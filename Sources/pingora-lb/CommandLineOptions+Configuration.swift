import PingoraConfig
import PingoraCore
import PingoraGateway

/// Why the program did not start.
struct StartError: Error {
    var message: String

    init(_ message: String) {
        self.message = message
    }
}

extension CommandLineOptions {
    /// The configuration: the file's, or defaults, with what the flags say on top.
    ///
    /// - Throws: `ConfigurationError` with every problem of the file, or `StartError` if nothing is
    ///   there to serve.
    func configuration() throws -> GatewayConfiguration {
        var configuration = try fromFile()
        if !listeners.isEmpty { configuration.listeners = listeners }
        if isDemo || !upstreams.isEmpty {
            // Routes lead to the upstreams of the file, which are gone.
            configuration.routes = []
            configuration.upstreams = []
        }
        if !upstreams.isEmpty {
            configuration.upstreams = [
                GatewayConfiguration.Upstream(
                    name: "default", servers: upstreams.map { .init(address: $0) })
            ]
        }
        if let threads { configuration.threads = threads }
        if let accessLog { configuration.accessLog = accessLog }
        if let logLevel { configuration.logLevel = logLevel }
        guard isDemo || !configuration.upstreams.isEmpty else {
            throw StartError(
                """
                no upstreams configured: give a file (-c lb.yaml), servers \
                (--upstream 127.0.0.1:9001), or try --demo
                """)
        }
        return configuration
    }

    private func fromFile() throws(ConfigurationError) -> GatewayConfiguration {
        guard let configurationFile else {
            var configuration = GatewayConfiguration()
            configuration.listeners = [CommandLineOptions.defaultListener]
            return configuration
        }
        var supplied: Set<GatewayConfiguration.Part> = []
        if !listeners.isEmpty { supplied.insert(.listeners) }
        if !upstreams.isEmpty || isDemo { supplied.insert(.upstreams) }
        return try GatewayConfiguration(file: configurationFile, supplied: supplied)
    }

    /// Only this machine, until somebody asks for more.
    private static let defaultListener = SocketAddress.ipv4(0x7f00_0001, port: 6188)
}
