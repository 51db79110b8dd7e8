import Synchronization

/// A request that waits until a backend has room.
package final class PendingRequest: Sendable {
    /// Whose backends it waits for.
    let pool: BackendPool
    let request: SelectionRequest
    let tried: [BackendUse]
    /// What it was given; with the lock of the queue.
    fileprivate let granted = Mutex<BackendUse?>(nil)
    fileprivate let wake: @Sendable () -> Void

    init(
        _ request: SelectionRequest, at pool: BackendPool, besides tried: [BackendUse],
        wake: @escaping @Sendable () -> Void
    ) {
        self.pool = pool
        self.request = request
        self.tried = tried
        self.wake = wake
    }

    /// The place that it was given, once there is one. It has left the queue then.
    package var use: BackendUse? { granted.withLock { $0 } }
}

/// Requests that wait for room, in the order in which they came. From any thread.
///
/// A pool and those that replaced it share one, since they share what their backends are busy with:
/// whoever makes room makes it for all of them. Each has a line of its own, so that nobody waits for
/// those at another pool.
///
/// Who comes is counted and then looks for room; who makes room looks for the count afterwards. So
/// nobody waits beside a free place.
final class PendingQueue: Sendable {
    /// Those that wait at one pool; never empty.
    private struct Line {
        let pool: BackendPool
        var requests: [PendingRequest]
    }

    private let count = Atomic<Int>(0)
    private let lines = Mutex<[Line]>([])

    /// Whether nobody waits at `pool`, for one that comes.
    func isEmpty(at pool: BackendPool) -> Bool {
        if count.load(ordering: .relaxed) == 0 { return true }
        return lines.withLock { lines in !lines.contains { $0.pool === pool } }
    }

    /// Whether somebody waits, for one that has made room.
    var isAnybodyThere: Bool {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return count.load(ordering: .relaxed) > 0
    }

    /// Lines a request up; false where `limit` wait already. The caller then serves the queue.
    func join(_ pending: PendingRequest, limit: Int) -> Bool {
        let isIn = lines.withLock { lines in
            let place = lines.firstIndex { $0.pool === pending.pool }
            guard place.map({ lines[$0].requests.count }) ?? 0 < limit else { return false }
            if let place {
                lines[place].requests.append(pending)
            } else {
                lines.append(Line(pool: pending.pool, requests: [pending]))
            }
            count.add(1, ordering: .relaxed)
            return true
        }
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return isIn
    }

    /// Takes a request out that waits no longer.
    ///
    /// - Returns: what it was given at the last moment.
    func leave(_ pending: PendingRequest) -> BackendUse? {
        lines.withLock { lines in
            for index in lines.indices where lines[index].pool === pending.pool {
                lines[index].requests.removeAll { $0 === pending }
            }
            settle(&lines)
            return pending.use
        }
    }

    /// Gives places to those that wait, the first of each pool first, as long as `choose` finds any.
    func serve(_ choose: (PendingRequest) -> BackendUse?) {
        let served = lines.withLock { lines in
            var served: [PendingRequest] = []
            for index in lines.indices {
                while let pending = lines[index].requests.first, let use = choose(pending) {
                    pending.granted.withLock { $0 = use }
                    served.append(pending)
                    lines[index].requests.removeFirst()
                }
            }
            settle(&lines)
            return served
        }
        // Without the lock: who wakes may come back at once.
        for pending in served { pending.wake() }
    }

    private func settle(_ lines: inout [Line]) {
        lines.removeAll { $0.requests.isEmpty }
        count.store(lines.reduce(0) { $0 + $1.requests.count }, ordering: .relaxed)
    }
}
