import CLinux
import Glibc

/// Why a connection could not be made.
package enum ConnectError: Error {
    case timedOut
    case failed(SystemError)
}

/// Makes outgoing connections.
package enum Connector {
    /// Connects to `address` without blocking the loop.
    ///
    /// - Parameters:
    ///   - source: the local address to bind, nil for the kernel's choice.
    ///   - owner: the client connection whose task waits; nil if the task has none.
    ///   - deadline: when to give up.
    /// - Throws: `ConnectError`; the socket is closed.
    package static func connect(
        to address: SocketAddress, from source: SocketAddress?, on loop: EventLoop,
        owner: Connection?, deadline: MonotonicTime
    ) async throws(ConnectError) -> Connection {
        let (connection, isPending): (Connection, Bool)
        do {
            (connection, isPending) = try begin(to: address, from: source, on: loop)
        } catch {
            throw .failed(error)
        }
        connection.taskOwner = owner
        guard isPending else { return connection }
        while !connection.readiness.contains(.writable) {
            guard await connection.waitOnTask(until: deadline) else {
                connection.close()
                throw .timedOut
            }
        }
        let code = connection.descriptor?.pendingError() ?? EBADF
        guard code == 0 else {
            connection.close()
            throw .failed(SystemError(call: "connect", code: code))
        }
        return connection
    }

    private static func begin(
        to address: SocketAddress, from source: SocketAddress?, on loop: EventLoop
    ) throws(SystemError) -> (Connection, isPending: Bool) {
        let socket = try FileDescriptor.stream(for: address)
        if address.family != AF_UNIX { socket.noDelay() }
        if let source {
            socket.bindAddressNoPort()
            let number = socket.number
            let result = unsafe source.withSockaddr { unsafe clinux_bind(number, $0, $1) }
            try SystemError.check(result, "bind")
        }
        let number = socket.number
        let result = unsafe address.withSockaddr { unsafe clinux_connect(number, $0, $1) }
        if result < 0, result != -EINPROGRESS {
            throw SystemError(call: "connect", code: -result)
        }
        let isPending = result == -EINPROGRESS
        return (
            try Connection(socket, peer: address, on: loop, writable: !isPending), isPending
        )
    }
}
