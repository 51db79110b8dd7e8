public import PingoraCore
public import PingoraHTTP

/// An endpoint that answers a GET with backends, as JSON over HTTP/1.1:
///
///     {"backends": [{"address": "10.0.0.1:80", "weight": 2, "backup": false}]}
///
/// An address is `10.0.0.1:80` or `[::1]:80`, or `unix:/path` where the endpoint itself is a Unix
/// socket. A weight is a whole number from 0 to 65 535 and 1 by default; `backup` is false by
/// default. Members of other names are left alone. An address may occur once, and there may be
/// 1 024 backends.
///
/// Only status 200 is an answer: redirects are not followed. The answer is read to its end, of at
/// most 1 MiB. The endpoint is trusted: whoever can change what it says decides where requests go,
/// and nothing is encrypted.
public struct HTTPDiscovery: ServiceDiscovery {
    private let server: SocketAddress
    private let path: String
    /// The Host field; nil: the server's address, or `localhost` for a Unix socket.
    public var host: String?
    /// More fields of the request, such as Authorization. `Connection` is always `close`.
    public var fields = Fields()
    /// For a question from connect to the answer's end: 5 s.
    public var timeout = TimeLimit.seconds(5)

    /// The endpoint at `path`, which may have a query, of the server at this address.
    public init(_ server: SocketAddress, path: String) {
        self.server = server
        self.path = path
    }

    /// Asks the endpoint, on a connection of its own.
    public func discover(on loop: EventLoop) async throws(DiscoveryError) -> DiscoveredBackends {
        let exchange = HTTPExchange(request, maximumBodyBytes: DiscoveryLimits.bodyBytes)
        let answer: HTTPAnswer
        do {
            answer = try await exchange.perform(
                with: server, on: loop, deadline: loop.now.advanced(by: timeout)
            ) { $0.status == .ok }
        } catch {
            throw self.error("\(error)")
        }
        do {
            return DiscoveredBackends(try backends(of: answer))
        } catch {
            throw self.error("\(error)")
        }
    }

    private var request: RequestHead {
        var request = RequestHead(method: .get, target: path)
        request.fields.append(.host, host ?? fields[.host] ?? HTTPExchange.host(of: server))
        if !fields.contains(.accept) { request.fields.append(.accept, "application/json") }
        for (name, value) in fields.all {
            guard let name = FieldName(name), name != .host else { continue }
            request.fields.append(name, value)
        }
        return request
    }

    /// What an answer says.
    func backends(of answer: HTTPAnswer) throws(DiscoveryError) -> [Backend] {
        let status = answer.head.status
        guard status == .ok else { throw DiscoveryError("status \(status), expected 200") }
        guard answer.isWhole else {
            throw DiscoveryError("body longer than \(DiscoveryLimits.bodyBytes) bytes")
        }
        let backends = try BackendDocument.parse(answer.body, namesUnix ? .all : .network)
        guard !backends.isEmpty else { throw DiscoveryError("no backends") }
        return backends
    }

    private var namesUnix: Bool {
        if case .unix = server { return true }
        return false
    }

    /// `http 10.0.0.1:8500/backends: status 503, expected 200`. A query may hold a secret.
    private func error(_ reason: String) -> DiscoveryError {
        let place = "\(server)\(path.prefix { $0 != "?" })"
        return DiscoveryError("http \(ShownExcerpt.of(place)): \(reason)")
    }
}
