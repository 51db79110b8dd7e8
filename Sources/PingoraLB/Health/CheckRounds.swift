import PingoraCore

/// What a ``HealthMonitor`` does on its loop: it sleeps until a check is due, and runs each check
/// in a task of its own. It belongs to the loop's thread.
final class CheckRounds {
    private let check: any HealthCheck
    private let options: HealthCheckOptions
    private let receiver: WeakReceiver
    private let loop: EventLoop
    private let timer: LoopTimer
    private var schedule: CheckSchedule<SocketAddress>
    private var backends: [SocketAddress: Backend] = [:]
    private var hasChanged = true
    private var random = SystemRandomNumberGenerator()

    /// How often it looks whether the receiver is still there, where there is nobody to check.
    private static let patience = TimeLimit(nanoseconds: 10_000_000_000)

    init(
        _ check: any HealthCheck, _ options: HealthCheckOptions, for receiver: WeakReceiver,
        on loop: EventLoop
    ) {
        self.check = check
        self.options = options
        self.receiver = receiver
        self.loop = loop
        timer = LoopTimer(on: loop)
        schedule = CheckSchedule(options)
    }

    /// Checks until the receiver has gone.
    func run() async {
        while beginChecks() {
            let patience = loop.now.advanced(by: CheckRounds.patience)
            _ = await timer.sleep(until: min(schedule.nextTurn, patience))
        }
    }

    /// Wakes ``run()`` whenever something comes, and when that ends.
    func wake(with stream: AsyncStream<Void>) async {
        for await _ in stream {
            hasChanged = true
            timer.wake()
        }
        timer.wake()
    }

    /// Begins the checks that are due; false when the receiver has gone.
    private func beginChecks() -> Bool {
        guard let receiver = receiver.value else { return false }
        if hasChanged { update(receiver.backendsToCheck) }
        for address in schedule.begin(at: loop.now) {
            // Invariant 2 of the schedule: who is due is among the backends.
            guard let backend = backends[address] else { continue }
            loop.spawn { await self.run(backend) }
        }
        return true
    }

    private func update(_ list: [Backend]) {
        hasChanged = false
        // Two entries with one address are one server.
        backends = Dictionary(list.map { ($0.address, $0) }) { first, _ in first }
        schedule.update(list.map(\.address), at: loop.now)
    }

    private func run(_ backend: Backend) async {
        var failure: HealthCheckFailure?
        do throws(HealthCheckFailure) {
            try await check.check(backend, on: loop, timeout: options.timeout)
        } catch {
            failure = error
        }
        // As the backend is now; one that was removed meanwhile is nobody's concern.
        let isFit = backends[backend.address].map { receiver.value?.checked($0, failure) }
        schedule.end(backend.address, isFit: isFit == true, at: loop.now, using: &random)
        timer.wake()
    }
}
