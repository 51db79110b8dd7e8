import Testing

@testable import PingoraCore

/// A loop on the real kernel, in a thread of its own, that ends with its owner.
final class LoopForTests: Sendable {
    let loop: EventLoop

    init() throws {
        let loop = try EventLoop()
        self.loop = loop
        LoopThread.start(named: "test loop") { loop.run() }
    }

    deinit { loop.stop() }

    /// Runs `body` on the loop.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (EventLoop) async -> Result
    ) async -> Result {
        await withUnsafeContinuation { continuation in
            loop.execute { [loop] in
                loop.spawn { continuation.resume(returning: await body(loop)) }
            }
        }
    }
}
