import CLinux
import TLSFixtures
import TestSupport

@testable import PingoraCore

/// A loop that the calling thread turns by hand, while the threads of others serve.
final class TestLoop {
    let loop: EventLoop
    private var left = 0

    init() throws {
        loop = try EventLoop()
        loop.adoptThread()
    }

    deinit { clinux_set_current_loop(nil) }

    /// Starts `body` as a task; ``finish()`` waits for it.
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

    /// Turns the loop until every task has ended.
    ///
    /// - Throws: `FixtureError` when that takes too long.
    func finish() throws {
        let limit = MonotonicTime.current.advanced(by: .seconds(60))
        while left > 0 {
            guard MonotonicTime.current < limit else { throw FixtureError("a task does not end") }
            loop.turn()
        }
    }

    /// Runs `body` as a task; returns what it does.
    func run<Value>(_ body: @escaping () async throws -> Value) throws -> Value {
        var result: Result<Value, any Error>?
        start {
            do {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
        }
        try finish()
        guard let result else { throw FixtureError("no result") }
        return try result.get()
    }

    /// Turns the loop until `condition` holds; false if it does not in 10 s.
    func wait(until condition: () -> Bool) -> Bool {
        let limit = MonotonicTime.current.advanced(by: .seconds(10))
        while !condition() {
            guard MonotonicTime.current < limit else { return false }
            start { [self] in await pause(.milliseconds(5)) }
            guard (try? finish()) != nil else { return false }
        }
        return true
    }

    private func pause(_ limit: TimeLimit) async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let box = Unchecked(continuation)
            let timer = Alarm { box.value.resume() }
            timer.slot = loop.register(timer: timer)
            loop.setDeadline(timer.slot, loop.now.advanced(by: limit))
            timer.loop = loop
        }
    }

    private final class Alarm: EventHandler {
        let ring: () -> Void
        var slot = 0
        var loop: EventLoop?
        init(_ ring: @escaping () -> Void) { self.ring = ring }
        func ready(_ events: Readiness) {}
        func deadlineReached() {
            loop?.deregister(slot)
            ring()
        }
    }

    var deadline: MonotonicTime { loop.now.advanced(by: .seconds(20)) }
}
