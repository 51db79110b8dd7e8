import CLinux
import Foundation
import Synchronization

/// An origin that does to the byte what a script says, and remembers all that it got.
///
/// Every accepted connection runs the script on a thread of its own; it is closed when the script
/// returns or throws. The origin and its threads end with the test.
final class ScriptedOrigin: Sendable {
    typealias Script = @Sendable (OriginConnection) throws -> Void

    let port: UInt16
    private let record = OriginRecord()
    private let listener: CInt

    /// Starts to accept; port 0 takes a free one.
    init(port: UInt16 = 0, _ script: @escaping Script) throws {
        listener = try TCPSocket.listen(on: port)
        self.port = TCPSocket.port(of: listener)
        let (listener, record) = (listener, record)
        Thread.detachNewThread { ScriptedOrigin.accept(on: listener, record, script) }
    }

    /// Answers every request with these bytes.
    convenience init(port: UInt16 = 0, answering response: String) throws {
        try self.init(port: port) { connection in
            while try connection.nextRequest() != nil { try connection.wire.send(response) }
        }
    }

    /// Answers with the target and the body of the request, kept alive.
    static func echoing(port: UInt16 = 0) throws -> ScriptedOrigin {
        try ScriptedOrigin(port: port) { connection in try connection.echo() }
    }

    deinit { stop() }

    /// Closes the listener and every connection.
    func stop() {
        guard record.end() else { return }
        // Wakes the thread that accepts, which closes it.
        shutdown(listener, CInt(SHUT_RDWR))
    }

    /// Connections so far.
    var acceptCount: Int { record.state.withLock { $0.received.count } }
    /// Connections that are open.
    var openCount: Int { record.state.withLock { $0.open.count } }
    /// Requests that came whole, in the order in which they were complete.
    var requests: [Message] { record.state.withLock { $0.requests } }
    /// All bytes that came on one connection.
    func received(on index: Int) -> [UInt8] { record.state.withLock { $0.received[index] } }
    /// All bytes that came.
    var receivedCount: Int { record.state.withLock { $0.received.reduce(0) { $0 + $1.count } } }
    /// What scripts threw.
    var failures: [String] { record.state.withLock { $0.failures } }

    private static func accept(
        on listener: CInt, _ record: OriginRecord, _ script: @escaping Script
    ) {
        while true {
            // Unlike accept, it makes the socket close-on-exec: no child may hold it open.
            let number = clinux_accept(listener, nil, nil)
            guard number >= 0 else { break }
            guard let index = record.begin(number) else { continue }
            Thread.detachNewThread {
                let connection = OriginConnection(number, index, record)
                do {
                    try script(connection)
                } catch {
                    record.state.withLock { $0.failures.append("\(error)") }
                }
                record.forget(number)
                connection.wire.close()
            }
        }
        close(listener)
    }
}

/// What an origin knows, shared by its threads.
final class OriginRecord: Sendable {
    struct State {
        var received: [[UInt8]] = []
        var requests: [Message] = []
        var failures: [String] = []
        var open: Set<CInt> = []
        var hasEnded = false
    }

    let state = Mutex<State>(State())

    /// Notes a connection; nil, and it is closed, if the origin has ended.
    func begin(_ number: CInt) -> Int? {
        state.withLock { state in
            guard !state.hasEnded else {
                close(number)
                return nil
            }
            state.open.insert(number)
            state.received.append([])
            return state.received.count - 1
        }
    }

    /// The connection is about to be closed by its thread.
    func forget(_ number: CInt) {
        _ = state.withLock { $0.open.remove(number) }
    }

    /// Ends what is open; false if that was done before.
    func end() -> Bool {
        state.withLock { state in
            guard !state.hasEnded else { return false }
            state.hasEnded = true
            for number in state.open { shutdown(number, CInt(SHUT_RDWR)) }
            return true
        }
    }
}
