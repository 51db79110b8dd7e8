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
/// whoever makes room makes it for all of them.
///
/// Who comes is counted and then looks for room; who makes room looks for the count afterwards. So
/// nobody waits beside a free place.
final class PendingQueue: Sendable {
    private let count = Atomic<Int>(0)
    private let requests = Mutex<[PendingRequest]>([])

    /// Whether nobody waits, for one that comes.
    var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }

    /// Whether somebody waits, for one that has made room.
    var isAnybodyThere: Bool {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return count.load(ordering: .relaxed) > 0
    }

    /// Lines a request up; false where `limit` wait already. The caller then serves the queue.
    func join(_ pending: PendingRequest, limit: Int) -> Bool {
        let isIn = requests.withLock { requests in
            guard requests.count < limit else { return false }
            requests.append(pending)
            count.store(requests.count, ordering: .relaxed)
            return true
        }
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return isIn
    }

    /// Takes a request out that waits no longer.
    ///
    /// - Returns: what it was given at the last moment.
    func leave(_ pending: PendingRequest) -> BackendUse? {
        requests.withLock { requests in
            requests.removeAll { $0 === pending }
            count.store(requests.count, ordering: .relaxed)
            return pending.use
        }
    }

    /// Gives places to those that wait, the first one first, as long as `choose` finds any.
    func serve(_ choose: (PendingRequest) -> BackendUse?) {
        let served = requests.withLock { requests in
            var served: [PendingRequest] = []
            while let pending = requests.first, let use = choose(pending) {
                pending.granted.withLock { $0 = use }
                served.append(pending)
                requests.removeFirst()
            }
            count.store(requests.count, ordering: .relaxed)
            return served
        }
        // Without the lock: who wakes may come back at once.
        for pending in served { pending.wake() }
    }
}
