import PingoraConfig
import PingoraCore
import PingoraProxy

extension ConfigurationReader {
    /// A day: what has not moved for longer is gone. Zero would end everything at once.
    private static let wait = Duration.milliseconds(1)...Duration.seconds(86_400)
    /// Zero keeps no connection.
    private static let pooled = Duration.zero...Duration.seconds(86_400)

    mutating func readTimeouts(_ section: inout ConfigurationSection) {
        read(&section, "client_handshake", into: &configuration.proxy.clientHandshake)
        read(&section, "client_header", into: &configuration.proxy.clientHeader)
        read(&section, "client_body", into: &configuration.proxy.clientBody)
        read(&section, "client_idle", into: &configuration.proxy.clientIdle)
        read(&section, "client_write", into: &configuration.proxy.clientWrite)
        read(&section, "connect", into: &configuration.upstreamTimeouts.connect)
        read(&section, "upstream_first_byte", into: &configuration.upstreamTimeouts.firstByte)
        read(&section, "upstream_read", into: &configuration.upstreamTimeouts.read)
        read(&section, "upstream_write", into: &configuration.upstreamTimeouts.write)
        section["upstream_idle"]?.duration(in: Self.pooled).map { TimeLimit($0) }
            .assign(to: &configuration.upstreamTimeouts.idle)
        read(&section, "tunnel_idle", into: &configuration.proxy.tunnelIdle)
        readTotal(section["total"])
    }

    private mutating func readTotal(_ value: ConfigurationValue?) {
        guard let value else { return }
        // The word stands for the default, so that a file can say it.
        if case .scalar("none", _) = value.node.content {
            configuration.proxy.total = nil
        } else {
            value.duration(in: Self.wait).map { TimeLimit($0) }
                .assign(to: &configuration.proxy.total)
        }
    }

    private func read(
        _ section: inout ConfigurationSection, _ key: String, into limit: inout TimeLimit
    ) {
        section[key]?.duration(in: Self.wait).map { TimeLimit($0) }.assign(to: &limit)
    }
}
