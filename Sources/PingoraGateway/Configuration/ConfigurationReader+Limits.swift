import PingoraConfig
import PingoraHTTP
import PingoraProxy

extension ConfigurationReader {
    /// A head has to fit a buffer of 128 KiB together with what the proxy adds to it; browsers and
    /// health checks need a KiB.
    private static let headBytes = 1024...96 * 1024
    /// A target is a part of the head.
    private static let targetBytes = 64...96 * 1024
    /// Each line costs a few bytes of memory and a comparison or two.
    private static let fieldCount = 1...1000
    /// A TiB: beyond, no limit says the same.
    private static let bodyBytes = 0...1 << 40
    private static let requests = 1...1_000_000_000
    /// More sockets than any machine has memory for.
    private static let connections = 1...10_000_000
    /// Per second. Zero: no matter how slowly.
    private static let rate = 0...1024 * 1024
    /// Some room for an extension, and less than a buffer.
    private static let chunkLine = 64...8 * 1024
    /// A section has to fit a buffer together with the end of a body.
    private static let trailers = 0...64 * 1024

    mutating func readLimits(_ section: inout ConfigurationSection) {
        let target = section["request_target"]
        section["request_head"]?.size(in: Self.headBytes)
            .assign(to: &configuration.proxy.requestLimits.headBytes)
        section["request_fields"]?.integer(in: Self.fieldCount)
            .assign(to: &configuration.proxy.requestLimits.fieldCount)
        target?.size(in: Self.targetBytes)
            .assign(to: &configuration.proxy.requestLimits.targetBytes)
        section["response_head"]?.size(in: Self.headBytes)
            .assign(to: &configuration.proxy.responseLimits.headBytes)
        section["response_fields"]?.integer(in: Self.fieldCount)
            .assign(to: &configuration.proxy.responseLimits.fieldCount)
        readBody(section["request_body"])
        section["request_body_rate"]?.size(in: Self.rate)
            .assign(to: &configuration.proxy.clientBodyRate)
        section["response_rate"]?.size(in: Self.rate)
            .assign(to: &configuration.proxy.responseRate)
        if let line = section["chunk_line"]?.size(in: Self.chunkLine) {
            configuration.proxy.requestLimits.chunkLineBytes = line
            configuration.proxy.responseLimits.chunkLineBytes = line
        }
        if let trailers = section["trailers"]?.size(in: Self.trailers) {
            configuration.proxy.requestLimits.trailerBytes = trailers
            configuration.proxy.responseLimits.trailerBytes = trailers
        }
        section["connections"]?.integer(in: Self.connections)
            .assign(to: &configuration.proxy.maximumConnections)
        readConnectionsPerClient(section["connections_per_client"])
        section["requests_per_connection"]?.integer(in: Self.requests)
            .assign(to: &configuration.proxy.requestsPerConnection)
        let limits = configuration.proxy.requestLimits
        if limits.targetBytes >= limits.headBytes {
            (target ?? section.value).report(
                "request_target has to be smaller than request_head, which it is a part of")
        }
    }

    private mutating func readConnectionsPerClient(_ value: ConfigurationValue?) {
        guard let value else { return }
        if case .scalar("none", _) = value.node.content {
            configuration.proxy.connectionsPerClient = nil
        } else {
            value.integer(in: Self.connections)
                .assign(to: &configuration.proxy.connectionsPerClient)
        }
    }

    private mutating func readBody(_ value: ConfigurationValue?) {
        guard let value else { return }
        // The word stands for the default, so that a file can say it.
        if case .scalar("none", _) = value.node.content {
            configuration.proxy.maximumBodyBytes = nil
        } else {
            value.size(in: Self.bodyBytes).assign(to: &configuration.proxy.maximumBodyBytes)
        }
    }
}
