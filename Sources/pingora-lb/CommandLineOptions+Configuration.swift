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

/// A configuration, and the file that it comes from.
struct LoadedConfiguration {
    var configuration: GatewayConfiguration
    /// The text of the file, without what flags say; nil where there is none.
    var text: [UInt8]?

    /// The same with embedded servers in the place of upstreams, if there are any.
    func serving(_ demo: DemoOrigins?) -> LoadedConfiguration {
        guard let demo else { return self }
        var copy = self
        copy.configuration.upstreams = [demo.upstream]
        return copy
    }
}

extension CommandLineOptions {
    /// The file's configuration, or defaults, with what the flags say on top.
    ///
    /// - Throws: `ConfigurationError` with every problem of the file, or `StartError` if nothing is
    ///   there to serve.
    func load() throws -> LoadedConfiguration {
        let text = try configurationFile.map { try ConfigurationText.read(file: $0) }
        return LoadedConfiguration(
            configuration: try configuration(
                ofText: text, in: configurationFile ?? ""), text: text)
    }

    /// The configuration of the text of a file, with what the flags say on top.
    ///
    /// - Parameter finds: whether what the text names is looked at, too.
    func configuration(
        ofText text: [UInt8]?, in file: String, finds: Bool = true
    ) throws -> GatewayConfiguration {
        var configuration = try read(text, file, finds)
        if !listeners.isEmpty { configuration.listen(on: listeners) }
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
        if isDemo, configurationFile == nil { try configuration.listenForDemo() }
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

    private func read(
        _ text: [UInt8]?, _ file: String, _ finds: Bool
    ) throws(ConfigurationError) -> GatewayConfiguration {
        guard let text else {
            var configuration = GatewayConfiguration()
            configuration.listeners = [CommandLineOptions.defaultListener]
            return configuration
        }
        var supplied: Set<GatewayConfiguration.Part> = []
        if !listeners.isEmpty { supplied.insert(.listeners) }
        if !upstreams.isEmpty || isDemo { supplied.insert(.upstreams) }
        return try GatewayConfiguration(text: text, of: file, supplied: supplied, finds: finds)
    }

    /// Only this machine, until somebody asks for more.
    private static let defaultListener = SocketAddress.ipv4(0x7f00_0001, port: 6188)
}
