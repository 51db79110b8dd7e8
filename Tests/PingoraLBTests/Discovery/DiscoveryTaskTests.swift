import Synchronization
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("DiscoveryTask")
struct DiscoveryTaskTests {
    /// Says one thing after the other, and the last one again and again.
    private final class Script: ServiceDiscovery {
        let left: Mutex<[Result<DiscoveredBackends, DiscoveryError>]>
        let asked = Atomic<Int>(0)

        init(_ results: [Result<DiscoveredBackends, DiscoveryError>]) { left = Mutex(results) }

        func discover(on loop: EventLoop) async throws(DiscoveryError) -> DiscoveredBackends {
            asked.add(1, ordering: .relaxed)
            let result = left.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
            return try result.get()
        }
    }

    private final class Receiver: BackendReceiver {
        let told = Mutex<[String]>([])
        func discovered(_ backends: [Backend]) {
            told.withLock { $0.append(backends.map(\.label).joined(separator: " ")) }
        }
        func discoveryFailed(_ error: DiscoveryError) {
            told.withLock { $0.append(error.description) }
        }
    }

    private static let one = DiscoveredBackends([Backend(.ipv4(0x7f00_0001, port: 1))])
    private static let two = DiscoveredBackends([Backend(.ipv4(0x7f00_0001, port: 2))])

    /// Runs `body` with a loop whose time only passes when it waits.
    private func simulate(_ body: (SimulatedKernel, EventLoop) throws -> Void) throws {
        let kernel = SimulatedKernel(seed: 1)
        try kernel.run {
            let loop = try EventLoop()
            loop.adoptThread()
            try body(kernel, loop)
        }
    }

    private func pass(seconds: Int64, _ kernel: SimulatedKernel, _ loop: EventLoop) {
        let end = kernel.now + seconds * 1_000_000_000
        kernel.alarm = end
        while kernel.now < end { loop.turn() }
        for _ in 0..<4 { loop.turn() }
    }

    @Test("tells of changes and failures, and keeps the last good set")
    func tells() throws {
        try simulate { kernel, loop in
            let source = Script([
                .success(Self.one), .failure(DiscoveryError("down")),
                .success(DiscoveredBackends([])), .success(Self.one), .success(Self.two),
            ])
            let receiver = Receiver()
            let task = DiscoveryTask(source, name: "app", interval: .seconds(10))
            task.start(on: loop, for: receiver)
            pass(seconds: 60, kernel, loop)
            #expect(
                receiver.told.withLock { $0 }
                    == ["127.0.0.1:1", "down", "no backends", "127.0.0.1:2"])
            task.stop()
            pass(seconds: 5, kernel, loop)
        }
    }

    @Test("ends when it is stopped")
    func stops() throws {
        try simulate { kernel, loop in
            let source = Script([.success(Self.one)])
            let receiver = Receiver()
            let task = DiscoveryTask(source, name: "app", interval: .seconds(1))
            task.start(on: loop, for: receiver)
            pass(seconds: 5, kernel, loop)
            task.stop()
            let asked = source.asked.load(ordering: .relaxed)
            #expect(asked > 2)
            pass(seconds: 60, kernel, loop)
            #expect(source.asked.load(ordering: .relaxed) == asked)
        }
    }

    @Test("ends when its receiver is gone, which it does not keep")
    func receiverGone() throws {
        try simulate { kernel, loop in
            let source = Script([.success(Self.one)])
            var receiver: Receiver? = Receiver()
            weak let kept = receiver
            let task = DiscoveryTask(source, name: "app", interval: .seconds(1))
            if let receiver { task.start(on: loop, for: receiver) }
            pass(seconds: 5, kernel, loop)
            receiver = nil
            #expect(kept == nil)
            let asked = source.asked.load(ordering: .relaxed)
            pass(seconds: 60, kernel, loop)
            #expect(source.asked.load(ordering: .relaxed) == asked)
        }
    }

    @Test("gives a fixed list once")
    func fixed() throws {
        try simulate { kernel, loop in
            let receiver = Receiver()
            let task = DiscoveryTask(StaticDiscovery(Self.one.backends), name: "app")
            task.start(on: loop, for: receiver)
            pass(seconds: 300, kernel, loop)
            #expect(receiver.told.withLock { $0 } == ["127.0.0.1:1"])
            task.stop()
            pass(seconds: 5, kernel, loop)
        }
    }
}
