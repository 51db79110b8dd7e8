import CLinux
import Glibc
import TLSFixtures
import TestSupport

@testable import PingoraCore
@testable import PingoraTLS

/// A server's and a client's end of one socket pair, on a real loop that the test turns by hand.
final class TLSPair {
    let loop: EventLoop
    let server: Connection
    let client: Connection
    private(set) var serverError: TransportError?
    private(set) var clientError: TransportError?
    private var left = 0

    init(on loop: EventLoop) throws {
        self.loop = loop
        var numbers: [CInt] = [0, 0]
        let result = clinux_socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &numbers)
        guard result == 0 else { throw FixtureError("no socket pair") }
        server = try Connection(FileDescriptor(owning: numbers[0]), peer: nil, on: loop)
        client = try Connection(FileDescriptor(owning: numbers[1]), peer: nil, on: loop)
    }

    /// The two ends of a connection that is there already.
    init(_ server: Connection, _ client: Connection) {
        loop = server.loop
        self.server = server
        self.client = client
    }

    /// Runs `body` as a task, and turns the loop until all tasks have ended.
    func start(_ body: @escaping () async -> Void) {
        left += 1
        let box = Unchecked(body)
        loop.spawn { [self] in
            await box.value()
            left -= 1
            // The turn that ran this would wait for the kernel, and nothing more may come.
            loop.execute {}
        }
    }

    /// Turns the loop until everything started has ended; false if it does not.
    @discardableResult
    func finish() -> Bool {
        let deadline = MonotonicTime.current.advanced(by: .seconds(20))
        while left > 0, MonotonicTime.current < deadline { loop.turn() }
        return left == 0
    }

    var deadline: MonotonicTime { loop.now.advanced(by: .seconds(10)) }

    /// Shakes hands on both ends.
    @discardableResult
    func shakeHands(_ serving: TLSServerContext, _ asking: TLSClientContext) -> Bool {
        start { [self] in
            do throws(TransportError) {
                try await serving.secure(server, until: deadline)
            } catch {
                serverError = error
                server.close()
            }
        }
        start { [self] in
            do throws(TransportError) {
                try await asking.secure(client, until: deadline)
            } catch {
                clientError = error
                client.close()
            }
        }
        finish()
        return serverError == nil && clientError == nil
    }

    /// Sends `bytes` from one end while the other reads them; returns what came.
    func carry(_ bytes: [UInt8], from source: Connection, to sink: Connection) -> [UInt8] {
        var received: [UInt8] = []
        start { [self] in
            var start = 0
            while start < bytes.count {
                switch source.send(followedBy: bytes.span.extracting(start...)) {
                case .bytes(let count): start += count
                case .failed: return
                case .wouldBlock:
                    guard await source.waitOnTask(until: deadline) else { return }
                }
            }
        }
        start { [self] in
            while received.count < bytes.count {
                guard let count = try? await sink.read(until: deadline), count > 0 else { return }
                received += sink.takeInput()
            }
        }
        finish()
        return received
    }

    func close() {
        server.close()
        client.close()
    }
}

extension Connection {
    /// Takes what has been received out of the input.
    func takeInput() -> [UInt8] {
        let bytes = input.copy
        input.removeAll()
        return bytes
    }
}

/// A loop that is the calling thread's for the time of `body`.
func withLoop<Result>(_ body: (EventLoop) throws -> Result) throws -> Result {
    let loop = try EventLoop()
    loop.adoptThread()
    defer { clinux_set_current_loop(nil) }
    return try body(loop)
}
