import CLinux
import Glibc
import Synchronization

/// Ending a server so that every request that was accepted is answered.
extension RunningServer {
    /// Stops accepting and lets requests in flight finish. New connections are refused.
    ///
    /// Responses say `Connection: close` from now on, and idle clients are closed.
    public func drain() {
        guard !isDraining.exchange(true, ordering: .relaxed) else { return }
        onEachLoop { [self] loop in
            for acceptor in acceptors[loop.index].all { acceptor.stop() }
        }
        removeFiles()
        for listener in listeners.joined() { listener.close() }
        onEachLoop { [self] loop in drainWorkers(of: loop) }
    }

    /// Finishes what is under way on `loop`, and closes what is idle. On its thread.
    private func drainWorkers(of loop: EventLoop) {
        loop.isDraining = true
        for service in workers { service[loop.index].drain() }
        resources.pools.closeIdle(on: loop)
    }

    /// Answers what was accepted, and ends: another process serves. Waits for no loop, since that
    /// one may hang is why others serve on.
    func finishBriefly() {
        for loop in loops {
            loop.execute { [self] in
                for acceptor in acceptors[loop.index].all { acceptor.stop() }
                drainWorkers(of: loop)
            }
        }
        let deadline = MonotonicTime.current.advanced(by: options.gracefulShutdownTimeout)
        repeat { usleep(10_000) } while connectionCount > 0 && MonotonicTime.current < deadline
        for loop in loops { loop.stop() }
    }

    /// The end of the time that a graceful stop has, counted from now.
    var lastMoment: MonotonicTime {
        MonotonicTime.current.advanced(by: options.gracePeriod).advanced(
            by: options.gracefulShutdownTimeout)
    }
}
