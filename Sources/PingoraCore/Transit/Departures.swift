import Synchronization

/// Connections that leave for another process: every loop adds to it, one thread takes them out
/// and sends them.
package final class Departures: Sendable {
    private let waiting = Mutex<[ConnectionInTransit]>([])
    /// Those that have begun to leave, and that nobody else is known to hold yet.
    private let unsettled = Atomic<Int>(0)
    private let takesRequests = Atomic<Bool>(false)
    /// How long an idle client is kept whose connection can't move. Its next request is answered,
    /// and tells it to come anew.
    package let idleUntil: MonotonicTime

    init(idleUntil: MonotonicTime = .never) {
        self.idleUntil = idleUntil
    }

    /// Whether requests whose answer is still on its way leave as well. At first they have time to
    /// end here, which nearly all do.
    package var includesRequests: Bool { takesRequests.load(ordering: .relaxed) }

    func includeRequests() { takesRequests.store(true, ordering: .relaxed) }

    /// Takes in what `leave` gives, if it gives anything. From a loop's thread.
    ///
    /// A connection is counted here before its loop forgets it, so that it is counted always.
    package func add(_ leave: () -> ConnectionInTransit?) {
        unsettled.add(1, ordering: .sequentiallyConsistent)
        guard let connection = leave() else { return settle(1) }
        waiting.withLock { $0.append(connection) }
    }

    /// Those that have gathered, in their order, at most `limit`.
    func take(atMost limit: Int) -> [ConnectionInTransit] {
        waiting.withLock { waiting in
            let batch = Array(waiting.prefix(limit))
            waiting.removeFirst(batch.count)
            return batch
        }
    }

    /// So many of those that were taken out are in other hands.
    func settle(_ count: Int) {
        unsettled.subtract(count, ordering: .sequentiallyConsistent)
    }

    /// Whether nothing waits and nothing is on its way.
    var isEmpty: Bool { unsettled.load(ordering: .sequentiallyConsistent) == 0 }
}
