public import PingoraCore

/// Passes when a connection is made, and is secure where it should be, which is then closed without
/// a reset.
///
/// A greeting that is left unread would make the close a reset (RFC 9293 §3.10.4), of which many
/// servers complain in their logs. So the sending side is ended first, and the server has a moment
/// to say what it has to say and to close.
public struct TCPHealthCheck: HealthCheck {
    /// Where to connect, if not at the port of the backend. A Unix socket has none.
    public var port: UInt16?
    /// What the connection is made secure with; nil: nothing.
    package var layer: (any TransportLayer)?

    /// A check of the backend's own address, or of another port there.
    public init(port: UInt16? = nil) {
        self.port = port
    }

    public func check(
        _ backend: Backend, on loop: EventLoop, timeout: TimeLimit
    ) async throws(HealthCheckFailure) {
        let deadline = loop.now.advanced(by: timeout)
        let connection: Connection
        do {
            connection = try await Connector.connect(
                to: backend.address.with(port: port), from: nil, on: loop, owner: nil,
                deadline: deadline)
        } catch {
            switch error {
            case .timedOut: throw .timedOut
            case .failed(let error): throw .connection(error.description)
            }
        }
        if let layer {
            do {
                try await layer.secure(connection, until: deadline)
            } catch {
                connection.close()
                if case .timedOut = error { throw .timedOut }
                throw .connection(error.description)
            }
        }
        await TCPHealthCheck.part(connection)
    }

    /// For the server's end of the connection, 100 ms: what answers at all does so within a round
    /// trip, and one that does not must not hold up other checks.
    private static let patience = TimeLimit(nanoseconds: 100_000_000)
    /// A greeting of up to 64 KiB.
    private static let maximumReads = 4

    private static func part(_ connection: Connection) async {
        connection.finishSending()
        let deadline = connection.loop.now.advanced(by: patience)
        for _ in 0..<maximumReads {
            guard let count = try? await connection.read(until: deadline), count > 0 else { break }
            connection.input.removeAll()
        }
        connection.close()
    }
}
