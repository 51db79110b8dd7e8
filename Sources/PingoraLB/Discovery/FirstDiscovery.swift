package import PingoraCore
import Synchronization

/// Asks a source once, before anything runs.
package enum FirstDiscovery {
    /// The backends that `source` knows, asked for on a thread of its own, which is gone when this
    /// returns: a process that becomes a daemon must not have any.
    ///
    /// - Throws: `DiscoveryError` if there are none, or it takes longer than `limit`.
    package static func backends(
        of source: any ServiceDiscovery, within limit: TimeLimit = .seconds(5)
    ) throws(DiscoveryError) -> [Backend] {
        let loop: EventLoop
        do {
            loop = try EventLoop()
        } catch {
            throw DiscoveryError(error.description)
        }
        let answer = Mutex<Result<DiscoveredBackends, DiscoveryError>?>(nil)
        LoopThread.runToEnd(named: "discovery") {
            loop.execute {
                loop.spawn {
                    do throws(DiscoveryError) {
                        let found = try await source.discover(on: loop)
                        answer.withLock { $0 = .success(found) }
                    } catch {
                        answer.withLock { $0 = .failure(error) }
                    }
                    loop.stop()
                }
                loop.spawn {
                    let timer = LoopTimer(on: loop)
                    while await timer.sleep(until: loop.now.advanced(by: limit)) {}
                    loop.stop()
                }
            }
            loop.run()
        }
        guard let result = answer.withLock({ $0 }) else {
            throw DiscoveryError("no answer within \(limit)")
        }
        let found = try result.get()
        guard !found.backends.isEmpty else { throw DiscoveryError("no backends") }
        return found.backends
    }
}
