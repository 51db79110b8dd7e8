public import PingoraCore
public import PingoraHTTP

/// Passes when a backend answers a request over HTTP/1.1 as it is expected to.
///
/// The answer is read to its end, so one that stalls or breaks off fails. Of a body beyond 64 KiB
/// the rest is left alone.
public struct HTTPHealthCheck: HealthCheck {
    /// What is asked for: a path, with a query if need be.
    public var path: String
    /// How it is asked for. No method comes with a body.
    public var method = Method.get
    /// The Host field; nil: the backend's address, or `localhost` for a Unix socket.
    public var host: String?
    /// More fields of the request. `Connection` is always `close`; the User-Agent is
    /// `pingora-lb-health-check` unless given here.
    public var fields = Fields()
    /// The statuses that pass: 200.
    public var expectedStatuses: [ClosedRange<UInt16>] = [200...200]
    /// What the body must contain within its first 64 KiB, without its chunks; nil: anything.
    public var expectedBody: String?
    /// Where to ask, if not at the port of the backend. A Unix socket has none.
    public var port: UInt16?
    /// What connections are made secure with; nil: nothing.
    package var layer: (any TransportLayer)?

    /// What is read of a body: sixteen checks at a time hold 1 MiB at most, and a page that tells
    /// about health has some KiB.
    static let maximumBodyBytes = 64 * 1024

    /// A check with a GET of `path` that expects status 200.
    public init(path: String = "/") {
        self.path = path
    }

    public func check(
        _ backend: Backend, on loop: EventLoop, timeout: TimeLimit
    ) async throws(HealthCheckFailure) {
        let address = address(of: backend)
        var exchange = HTTPExchange(
            request(to: address), maximumBodyBytes: HTTPHealthCheck.maximumBodyBytes)
        exchange.layer = layer
        let answer: HTTPAnswer
        do {
            answer = try await exchange.perform(
                with: address, on: loop, deadline: loop.now.advanced(by: timeout)
            ) { isExpected($0.status) }
        } catch {
            switch error {
            case .timedOut: throw .timedOut
            case .system(let error): throw .connection(error.description)
            case .transport(let error): throw .connection(error.description)
            default: throw .answer(error.description)
            }
        }
        if let objection = objection(to: answer) { throw .answer(objection) }
    }

    /// What the server at `address` is asked.
    func request(to address: SocketAddress) -> RequestHead {
        var request = RequestHead(method: method, target: path)
        request.fields.append(.host, host ?? fields[.host] ?? HTTPExchange.host(of: address))
        if !fields.contains(.userAgent) {
            request.fields.append(.userAgent, "pingora-lb-health-check")
        }
        for (name, value) in fields.all {
            guard let name = FieldName(name), name != .host else { continue }
            request.fields.append(name, value)
        }
        return request
    }

    /// Where `backend` is asked.
    func address(of backend: Backend) -> SocketAddress { backend.address.with(port: port) }

    /// What is wrong with an answer, for the log; nil if nothing is.
    func objection(to answer: HTTPAnswer) -> String? {
        let status = answer.head.status
        guard isExpected(status) else { return "status \(status), expected \(statusText)" }
        guard let expectedBody, !HTTPHealthCheck.contains(answer.body, Array(expectedBody.utf8))
        else { return nil }
        let wanted = HTTPAnswer.shown(expectedBody.utf8.prefix(100))
        guard answer.isWhole else { return "body without \(wanted) in its first 64 KiB" }
        return answer.body.isEmpty
            ? "empty body, expected \(wanted)"
            : "body without \(wanted), it begins with \(answer.shownBody)"
    }

    private func isExpected(_ status: StatusCode) -> Bool {
        expectedStatuses.contains { $0.contains(status.code) }
    }

    /// `200`, `200-299 or 404`.
    private var statusText: String {
        expectedStatuses.map { range in
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }.joined(separator: " or ")
    }

    /// Whether `wanted` stands somewhere in `body`.
    static func contains(_ body: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return true }
        guard body.count >= wanted.count else { return false }
        return (0...body.count - wanted.count).contains { start in
            body[start] == first && body[start...].starts(with: wanted)
        }
    }
}

extension SocketAddress {
    /// The same host at another port; itself without one, and for a Unix socket.
    func with(port: UInt16?) -> SocketAddress {
        guard let port else { return self }
        return switch self {
        case .ipv4(let host, _): .ipv4(host, port: port)
        case .ipv6(let high, let low, _): .ipv6(high: high, low: low, port: port)
        case .unix: self
        }
    }
}
