package import PingoraCore
import Synchronization

/// Keeps a pool up to date for as long as it is held: checks its backends, and asks a source for
/// them.
package final class PoolUpkeep: HealthReceiver, BackendReceiver {
    private let pool: BackendPool
    private let check: (any HealthCheck)?
    private let options: HealthCheckOptions
    private let discovery: DiscoveryTask?
    private let monitor = Mutex<HealthMonitor?>(nil)

    /// Does nothing until ``start(on:)``.
    package init(
        _ pool: BackendPool, check: (any HealthCheck)? = nil,
        options: HealthCheckOptions = HealthCheckOptions(),
        discovery: (any ServiceDiscovery)? = nil, interval: TimeLimit = .seconds(30)
    ) {
        self.pool = pool
        self.check = check
        self.options = options
        self.discovery = discovery.map {
            DiscoveryTask($0, name: pool.name, interval: interval)
        }
    }

    deinit { stop() }

    /// Begins, on a loop that serves no clients. From any thread, once.
    package func start(on loop: EventLoop) {
        if let check {
            let monitor = HealthMonitor(check, options: options, for: self, on: loop)
            self.monitor.withLock { $0 = monitor }
        }
        discovery?.start(on: loop, for: self)
    }

    /// Ends it; what is under way runs out. From any thread.
    package func stop() {
        discovery?.stop()
        monitor.withLock { $0.take() }?.stop()
    }

    package var backendsToCheck: [Backend] { pool.backends }

    package func checked(_ backend: Backend, _ failure: HealthCheckFailure?) -> Bool {
        pool.noteCheck(backend, failure, options, at: .now)
    }

    package func discovered(_ backends: [Backend]) {
        pool.update(backends)
        monitor.withLock { $0 }?.backendsChanged()
    }

    package func discoveryFailed(_ error: DiscoveryError) {}
}
