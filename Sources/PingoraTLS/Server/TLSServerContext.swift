import CTLS
public import PingoraCore
import Synchronization

/// TLS for a listener: certificates, and what clients may do.
///
/// ``reload()`` reads the files anew for connections to come; those that are open go on.
public final class TLSServerContext: TransportLayer, Sendable {
    /// How it was configured.
    public let options: TLSServerOptions
    private let ticketKeys: TicketKeys
    private let threads: TLSHandshakeThreads?
    let material: Mutex<ServerMaterial>
    private let handshakes = Atomic<Int>(0)

    /// Reads and checks all files.
    ///
    /// - Parameters:
    ///   - ticketKeys: shared by all listeners of a process.
    ///   - threads: what computes handshakes; nil: the loops.
    /// - Throws: `TLSError`, the first problem, with the file.
    public init(
        _ options: TLSServerOptions, ticketKeys: TicketKeys, threads: TLSHandshakeThreads? = nil
    ) throws(TLSError) {
        self.options = options
        self.ticketKeys = ticketKeys
        self.threads = threads
        material = Mutex(try ServerMaterial(options, ticketKeys))
    }

    /// Reads the files anew.
    ///
    /// - Throws: `TLSError`; all stays as it was then.
    public func reload() throws(TLSError) {
        let new = try ServerMaterial(options, ticketKeys)
        material.withLock { $0 = new }
    }

    /// Listeners are not pooled.
    package var identity: UInt64 { 1 }

    /// Handshakes under way.
    package var handshakeCount: Int { handshakes.load(ordering: .relaxed) }

    package func secure(
        _ connection: Connection, until deadline: MonotonicTime
    ) async throws(TransportError) {
        let limit = options.maximumHandshakes
        let before = handshakes.add(1, ordering: .relaxed).oldValue
        defer { handshakes.subtract(1, ordering: .relaxed) }
        guard before < limit else { throw .overloaded(limit: limit) }
        let transport = try makeTransport(on: connection)
        try await transport.handshake(on: connection, until: deadline, with: threads)
    }

    /// A transport that has not begun.
    func makeTransport(on connection: Connection) throws(TransportError) -> TLSTransport {
        guard let socket = connection.socketNumber else { throw .closed }
        return try TLSTransport(
            serving: material.withLock { $0 }, on: socket,
            usesSocketBIO: options.usesKernel && KernelTLS.isOffered)
    }
}
