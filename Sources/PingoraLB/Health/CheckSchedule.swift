import PingoraCore

/// Which backend is checked when. Pure: keys and times in, keys and times out.
///
/// Invariants:
/// 1. Of one key, at most one check is under way; of all, at most `parallelChecks`.
/// 2. A known key either waits for its turn or is being checked.
/// 3. Who has been due for longest comes first, so that nobody waits for ever.
struct CheckSchedule<Key: Hashable> {
    private struct Turn {
        let key: Key
        let due: MonotonicTime
    }

    private let options: HealthCheckOptions
    private var known: Set<Key> = []
    /// Keys that wait, the earliest first; of equals, who came first.
    private var waiting: [Turn] = []
    /// Keys that are being checked, also those that were removed meanwhile.
    private var running: Set<Key> = []

    /// What a loop's deadlines are kept to: a shorter interval would only keep the loop busy.
    private static var shortestInterval: Int64 { 50_000_000 }

    /// A schedule of nobody.
    init(_ options: HealthCheckOptions) {
        self.options = options
    }

    /// When ``begin(at:)`` should be called again; `never` if a check has to end first.
    var nextTurn: MonotonicTime {
        guard running.count < parallelChecks, let first = waiting.first else { return .never }
        return first.due
    }

    /// Checks these keys from now on: new ones at once, known ones when they would have been.
    mutating func update(_ keys: some Sequence<Key>, at now: MonotonicTime) {
        var next: Set<Key> = []
        var added: [Key] = []
        for key in keys where next.insert(key).inserted && !known.contains(key) {
            added.append(key)
        }
        known = next
        waiting.removeAll { !next.contains($0.key) }
        // A key that is back before its check has ended gets its turn when it ends.
        for key in added where !running.contains(key) { enqueue(Turn(key: key, due: now)) }
    }

    /// The keys to be checked now. Each must be ended.
    mutating func begin(at now: MonotonicTime) -> [Key] {
        let free = max(0, parallelChecks - running.count)
        let due = waiting.prefix(free).prefix { $0.due <= now }.map(\.key)
        waiting.removeFirst(due.count)
        running.formUnion(due)
        return due
    }

    /// The check of `key` has ended. Its next one is due an interval later, as long as it is known.
    ///
    /// - Parameter isFit: whether it counts as fit now, which decides on the interval.
    mutating func end(
        _ key: Key, isFit: Bool, at now: MonotonicTime,
        using random: inout some RandomNumberGenerator
    ) {
        guard running.remove(key) != nil, known.contains(key) else { return }
        enqueue(Turn(key: key, due: now.advanced(by: interval(isFit: isFit, using: &random))))
    }

    private var parallelChecks: Int { max(1, options.parallelChecks) }

    private func interval(
        isFit: Bool, using random: inout some RandomNumberGenerator
    ) -> TimeLimit {
        let base = (isFit ? options.interval : options.intervalWhileDown).nanoseconds
        // Of a century, more than which would overflow.
        let whole = min(max(base, CheckSchedule.shortestInterval), 3_155_760_000_000_000_000)
        let part = whole / 100 * Int64(min(max(0, options.jitterPercent), 100))
        let jitter = Int64.random(in: -part...part, using: &random)
        return TimeLimit(nanoseconds: max(CheckSchedule.shortestInterval, whole + jitter))
    }

    private mutating func enqueue(_ turn: Turn) {
        var (low, high) = (0, waiting.count)
        while low < high {
            let middle = (low + high) / 2
            if waiting[middle].due <= turn.due { low = middle + 1 } else { high = middle }
        }
        waiting.insert(turn, at: low)
    }
}
