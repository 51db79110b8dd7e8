package import PingoraCore
import Synchronization

/// Who uses what is discovered.
package protocol BackendReceiver: AnyObject, Sendable {
    /// The set is another one than before. Never empty.
    func discovered(_ backends: [Backend])
    /// The source has failed once more; the last set stays in use.
    func discoveryFailed(_ error: DiscoveryError)
}

/// Asks a source again and again, for one receiver, which is not kept alive.
///
/// The receiver is told on the loop's thread. It is told nothing once it is released, or after
/// ``stop()``, except by a call that is under way.
package final class DiscoveryTask: Sendable {
    private let source: any ServiceDiscovery
    private let name: String
    private let interval: TimeLimit
    private let isStopped = Atomic<Bool>(false)

    /// No wait is longer, so that the task ends soon after its receiver or ``stop()``.
    private static let longestWait = TimeLimit.seconds(1)

    /// A task that asks `source`; `name` says in the log for whom. It does nothing yet.
    ///
    /// - Parameter interval: between two questions to a source that does not say how long its
    ///   answers are good for.
    package init(
        _ source: any ServiceDiscovery, name: String, interval: TimeLimit = .seconds(30)
    ) {
        self.source = source
        self.name = name
        self.interval = interval
    }

    /// Begins, on `loop`. From any thread, once.
    package func start(on loop: EventLoop, for receiver: any BackendReceiver) {
        loop.execute { [self, weak receiver] in
            loop.spawn { [weak receiver] in
                await self.run(on: loop) { [weak receiver] in receiver }
            }
        }
    }

    /// Ends the task within a second, or when the question under way is answered. From any thread.
    package func stop() { isStopped.store(true, ordering: .releasing) }

    private func run(
        on loop: EventLoop, _ receiver: @escaping () -> (any BackendReceiver)?
    ) async {
        var schedule = DiscoverySchedule(interval: interval)
        var random = SystemRandomNumberGenerator()
        while isWanted(receiver) {
            let result: Result<DiscoveredBackends, DiscoveryError>
            do {
                result = .success(try await source.discover(on: loop))
            } catch {
                result = .failure(error)
            }
            guard isWanted(receiver) else { return }
            let step = schedule.note(result, at: loop.now, random: &random)
            report(step, to: receiver())
            await waitForChange(on: loop, until: step.next, receiver)
        }
    }

    /// Waits for the source or for `deadline`, and looks around all the while.
    private func waitForChange(
        on loop: EventLoop, until deadline: MonotonicTime,
        _ receiver: () -> (any BackendReceiver)?
    ) async {
        while loop.now < deadline, isWanted(receiver) {
            let began = loop.now
            let end = min(deadline, began.advanced(by: DiscoveryTask.longestWait))
            await source.waitForChange(on: loop, until: end)
            guard loop.now < end else { continue }
            // A source that always says that it has changed must not keep the loop busy.
            let timer = LoopTimer(on: loop)
            _ = await timer.sleep(until: began.advanced(by: .milliseconds(100)))
            return
        }
    }

    private func isWanted(_ receiver: () -> (any BackendReceiver)?) -> Bool {
        !isStopped.load(ordering: .acquiring) && receiver() != nil
    }

    private func report(_ step: DiscoverySchedule.Step, to receiver: (any BackendReceiver)?) {
        switch step.news {
        case .failing(let error):
            log.warning("discovery_failed", ("name", name), ("error", error))
        case .recovered: log.info("discovery_recovered", ("name", name))
        case nil: break
        }
        if let failure = step.failure { receiver?.discoveryFailed(failure) }
        if let backends = step.backends {
            log.info("backends_discovered", ("name", name), ("count", backends.count))
            receiver?.discovered(backends)
        }
    }
}
