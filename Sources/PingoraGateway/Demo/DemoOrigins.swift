public import PingoraCore
import PingoraHTTP
import PingoraProxy

/// Servers inside the process, so that a first try needs nothing else.
public final class DemoOrigins {
    private let running: RunningServer

    /// Starts `count` servers on free ports of 127.0.0.1.
    ///
    /// - Throws: `ServerError` if that fails.
    public init(count: Int) throws(ServerError) {
        let server = Server(ServerOptions(threads: 1))
        for number in 1...max(1, count) {
            server.add(
                ProxyService(
                    DemoOrigin(number: number), listen: [.ipv4(0x7f00_0001, port: 0)],
                    name: "demo-\(number)"))
        }
        running = try server.start()
    }

    /// The servers as an upstream of a configuration.
    public var upstream: GatewayConfiguration.Upstream {
        GatewayConfiguration.Upstream(
            name: "demo", servers: running.addresses.map { .init(address: $0) })
    }
}

/// Answers every request with a few lines about it. A proxy that never goes upstream is a server.
struct DemoOrigin: ProxyHttp {
    let number: Int

    func requestFilter(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> Bool {
        let request = session.request
        var body = "Hello from demo server \(number).\n\n\(request.method) \(request.target)\n"
        for (name, value) in request.fields.all { body += "\(name): \(value)\n" }
        try await session.respond(
            .ok, fields: [(.contentType, "text/plain; charset=utf-8")], body: body)
        return true
    }

    func upstreamPeer(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> HTTPPeer {
        throw ProxyError.noHealthyUpstream
    }
}
