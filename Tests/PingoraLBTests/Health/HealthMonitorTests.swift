import Synchronization
import TestSupport
import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("HealthMonitor")
struct HealthMonitorTests {
    /// Passes after some seconds and knows how many checks ran at the same time.
    private final class SlowCheck: HealthCheck {
        private struct Counts {
            var running = 0
            var most = 0
            var total = 0
        }

        private let seconds: Double
        private let counts = Mutex(Counts())

        init(seconds: Double) { self.seconds = seconds }

        var most: Int { counts.withLock(\.most) }
        var total: Int { counts.withLock(\.total) }

        func check(
            _ backend: Backend, on loop: EventLoop, timeout: TimeLimit
        ) async throws(HealthCheckFailure) {
            counts.withLock {
                $0.running += 1
                $0.total += 1
                $0.most = max($0.most, $0.running)
            }
            let timer = LoopTimer(on: loop)
            let deadline = loop.now.advanced(by: .seconds(seconds))
            while await timer.sleep(until: deadline) {}
            counts.withLock { $0.running -= 1 }
        }
    }

    private static func options(parallel: Int = 16) -> HealthCheckOptions {
        var options = HealthCheckOptions()
        options.jitterPercent = 0
        options.parallelChecks = parallel
        return options
    }

    private func monitor(
        _ receiver: RecordingReceiver, on origin: SimulatedOrigin, parallel: Int = 16,
        check: any HealthCheck = TCPHealthCheck()
    ) -> HealthMonitor {
        HealthMonitor(
            check, options: Self.options(parallel: parallel), for: receiver, on: origin.loop)
    }

    private static func port(_ port: UInt16) -> SocketAddress { .ipv4(0x7f00_0001, port: port) }

    @Test("checks at once, then those that are up every 5 s, those that are down every second")
    func intervals() throws {
        try SimulatedOrigin.run { origin in
            let receiver = RecordingReceiver([
                SimulatedOrigin.address, SimulatedOrigin.deadAddress,
            ])
            let monitor = monitor(receiver, on: origin)
            origin.run(seconds: 0.2)
            #expect(receiver.results(of: SimulatedOrigin.address) == [nil])
            #expect(receiver.results(of: SimulatedOrigin.deadAddress).count == 1)
            origin.run(seconds: 9.3)
            #expect(receiver.results(of: SimulatedOrigin.address) == [nil, nil])
            // A loop's deadlines are up to 100 ms late.
            #expect((9...10).contains(receiver.results(of: SimulatedOrigin.deadAddress).count))
            monitor.stop()
            origin.run(seconds: 1)
            #expect(origin.leftOpen == (0, 0))
        }
    }

    @Test("checks a new backend as soon as it is told, and a removed one no more")
    func changes() throws {
        try SimulatedOrigin.run { origin in
            let receiver = RecordingReceiver([])
            let monitor = monitor(receiver, on: origin)
            origin.run(seconds: 60)
            #expect(receiver.count == 0)
            receiver.backendsToCheck = [
                Backend(SimulatedOrigin.address), Backend(SimulatedOrigin.address, weight: 9),
            ]
            monitor.backendsChanged()
            origin.run(seconds: 0.3)
            #expect(receiver.results(of: SimulatedOrigin.address) == [nil])
            receiver.backendsToCheck = []
            monitor.backendsChanged()
            origin.run(seconds: 60)
            #expect(receiver.count == 1)
        }
    }

    @Test("reports a backend as it is when the check ends, and not at all once it has gone")
    func changesDuringCheck() throws {
        try SimulatedOrigin.run { origin in
            let (stays, goes) = (Self.port(1), Self.port(2))
            let receiver = RecordingReceiver([stays, goes])
            let monitor = monitor(receiver, on: origin, check: SlowCheck(seconds: 2))
            origin.run(seconds: 1)
            receiver.backendsToCheck = [Backend(stays, weight: 7)]
            monitor.backendsChanged()
            origin.run(seconds: 2)
            #expect(receiver.weights(of: stays) == [7])
            #expect(receiver.weights(of: goes) == [])
        }
    }

    @Test("runs no more checks at a time than it may", arguments: [1, 3, 16])
    func cap(parallel: Int) throws {
        try SimulatedOrigin.run { origin in
            let check = SlowCheck(seconds: 1)
            let receiver = RecordingReceiver((1...10).map { Self.port($0) })
            let monitor = monitor(receiver, on: origin, parallel: parallel, check: check)
            origin.run(seconds: 20)
            #expect(check.most == min(parallel, 10))
            // Everybody had a turn.
            #expect((1...10).allSatisfy { !receiver.results(of: Self.port($0)).isEmpty })
            monitor.stop()
        }
    }

    /// How a monitor can end.
    enum Ending: CaseIterable {
        case stop, monitorGone, receiverGone
    }

    @Test("ends when it is stopped, dropped, or nobody listens", arguments: Ending.allCases)
    func ends(ending: Ending) throws {
        try SimulatedOrigin.run { origin in
            let check = SlowCheck(seconds: 0.5)
            var receiver: RecordingReceiver? = RecordingReceiver([Self.port(1)])
            weak let observed = receiver
            var monitor = receiver.map { self.monitor($0, on: origin, check: check) }
            // Once between two checks, and once in the middle of one.
            origin.run(seconds: 5.8)
            #expect(check.total == 2 && receiver?.count == 1)
            switch ending {
            case .stop: monitor?.stop()
            case .monitorGone: monitor = nil
            case .receiverGone: receiver = nil
            }
            origin.run(seconds: 30)
            #expect(check.total == 2)
            #expect((observed?.count ?? 1) == 1)
            #expect((observed == nil) == (ending == .receiverGone))
            monitor?.backendsChanged()
            origin.run(seconds: 30)
            #expect(check.total == 2)
        }
    }

    /// Waits until it `holds`, at most ten seconds.
    private func wait(until holds: () -> Bool) {
        let deadline = MonotonicTime.current.advanced(by: .seconds(10))
        while !holds(), MonotonicTime.current < deadline {
            Semaphore().wait(atMost: .milliseconds(5))
        }
    }

    @Test("checks real sockets from a loop with its own thread, and is told from others")
    func realSockets() throws {
        let loop = try EventLoop()
        let hasEnded = Semaphore()
        LoopThread.start(named: "checks") {
            loop.run()
            hasEnded.signal()
        }
        let healthy = try #require(BlockingOrigin())
        let silent = try #require(BlockingOrigin())
        let refusing = try #require(BlockingOrigin(listens: false))
        let receiver = RecordingReceiver([silent.address, refusing.address])
        var options = Self.options()
        options.timeout = .milliseconds(300)
        let monitor = HealthMonitor(
            HTTPHealthCheck(path: "/up"), options: options, for: receiver, on: loop)
        wait { !receiver.results(of: refusing.address).isEmpty }

        receiver.backendsToCheck.append(Backend(healthy.address))
        monitor.backendsChanged()
        let head = healthy.serve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(head?.hasPrefix("GET /up HTTP/1.1\r\nHost: \(healthy.address)\r\n") == true)
        wait { !receiver.results(of: healthy.address).isEmpty }
        wait { !receiver.results(of: silent.address).isEmpty }
        #expect(receiver.results(of: healthy.address).first == .some(nil))
        #expect(receiver.results(of: silent.address).first == .some(.timedOut))
        #expect(
            receiver.results(of: refusing.address).first
                == .some(.connection("connect: connection refused (ECONNREFUSED)")))

        monitor.stop()
        wait { loop.connectionCount.load(ordering: .relaxed) == 0 }
        #expect(loop.connectionCount.load(ordering: .relaxed) == 0)
        loop.stop()
        hasEnded.wait(atMost: .seconds(10))
    }
}
