public import PingoraCore

/// Passes when a connection is made, which is then closed without a reset.
public struct TCPHealthCheck: HealthCheck {
    /// A check of the backend's own address.
    public init() {}

    public func check(
        _ backend: Backend, on loop: EventLoop, timeout: TimeLimit
    ) async throws(HealthCheckFailure) {
        let connection: Connection
        do {
            connection = try await Connector.connect(
                to: backend.address, from: nil, on: loop, owner: nil,
                deadline: loop.now.advanced(by: timeout))
        } catch {
            switch error {
            case .timedOut: throw .timedOut
            case .failed(let error): throw .connection(error.description)
            }
        }
        // A greeting that is left unread would make the close a reset (RFC 9293 §3.10.4).
        connection.lookForBytes()
        _ = connection.receive()
        connection.close()
    }
}
