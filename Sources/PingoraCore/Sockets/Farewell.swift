import Synchronization

/// A socket that is closed as soon as it takes the goodbye of its transport.
///
/// The bytes before it are in the kernel already; without it the peer would take them for cut off.
final class Farewell: EventHandler {
    private let loop: EventLoop
    private var descriptor: FileDescriptor?
    private let transport: any Transport
    private var readiness: Readiness
    private var slot = 0

    /// How long the socket may take: no longer than one that is closed plainly stays in the kernel.
    private static let patience = TimeLimit.seconds(10)

    /// Registers the socket, which nobody else watches any more, and counts as a connection.
    ///
    /// - Throws: `SystemError` if the loop can't watch it; it is closed then.
    init(
        _ descriptor: consuming FileDescriptor, _ transport: any Transport, on loop: EventLoop
    ) throws(SystemError) {
        self.loop = loop
        self.transport = transport
        readiness = []
        let number = descriptor.number
        self.descriptor = consume descriptor
        slot = try loop.register(number, events: Readiness.stream, handler: self)
        loop.connectionCount.add(1, ordering: .relaxed)
        loop.setDeadline(slot, loop.now.advanced(by: Farewell.patience))
    }

    func ready(_ events: Readiness) {
        readiness.formUnion(events)
        if !readiness.isDisjoint(with: .broken) { return end() }
        if readiness.contains(.writable), transport.sayGoodbye(&readiness) { end() }
    }

    func deadlineReached() { end() }

    private func end() {
        guard descriptor != nil else { return }
        loop.deregister(slot)
        descriptor = nil
        loop.connectionCount.subtract(1, ordering: .relaxed)
    }
}
