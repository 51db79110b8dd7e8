public import Synchronization

/// What a backend is busy with: its requests in flight, and how long it takes to answer.
///
/// From any thread; every operation is a few atomic instructions. It outlives a change of the set
/// of backends, so that an algorithm built for the new set knows what the old one has learnt.
public final class BackendLoad: Sendable {
    @usableFromInline let requests = Atomic<Int>(0)
    /// Above, the latency in nanoseconds as the bits of a Float; below, when it was noted, in
    /// milliseconds. One word, so that both change at once; 0 where nothing was ever noted.
    private let estimate = Atomic<UInt64>(0)

    /// After this time an old latency counts for about a third: Finagle's value, long enough to
    /// remember a slow backend and short enough to try it again within the minute.
    private static let memory: Float = 10_000

    /// A backend that is idle and whose latency is unknown.
    public init() {}

    /// Requests that have begun and not ended.
    @inlinable public var inFlight: Int { requests.load(ordering: .relaxed) }

    /// A request begins.
    @inlinable public func begin() { requests.add(1, ordering: .relaxed) }

    /// A request ends.
    @inlinable public func end() { requests.subtract(1, ordering: .relaxed) }

    /// A request begins, unless `limit` are in flight; false where it does not. Of threads that ask
    /// at once, no more begin than the limit allows.
    public func begin(limit: Int) -> Bool {
        var current = inFlight
        while current < limit {
            let result = requests.weakCompareExchange(
                expected: current, desired: current + 1, ordering: .relaxed)
            if result.exchanged { return true }
            current = result.original
        }
        return false
    }

    /// Notes that a response took `latency` nanoseconds, at `now` on the monotonic clock.
    ///
    /// A higher latency than expected counts at once, a lower one bit by bit (Finagle's peak EWMA):
    /// a backend that gets slow loses its traffic with the first slow response.
    public func note(latency: UInt64, now: UInt64) {
        let sample = Float(latency)
        var current = estimate.load(ordering: .relaxed)
        while true {
            let expected = Estimate(current)
            let decay = expected.decay(until: now)
            let next =
                current == 0 || sample > expected.latency
                ? sample : expected.latency * decay + sample * (1 - decay)
            let result = estimate.weakCompareExchange(
                expected: current, desired: Estimate(latency: next, now: now).word,
                ordering: .relaxed)
            if result.exchanged { return }
            current = result.original
        }
    }

    /// The latency to expect, in nanoseconds; nil where none was ever noted.
    ///
    /// It falls while nothing is noted, so that a backend that was slow gets another chance.
    public func latency(now: UInt64) -> Float? {
        let current = estimate.load(ordering: .relaxed)
        guard current != 0 else { return nil }
        let expected = Estimate(current)
        return expected.latency * expected.decay(until: now)
    }

    /// A latency and when it was noted.
    private struct Estimate {
        let latency: Float
        let milliseconds: UInt32

        init(latency: Float, now: UInt64) {
            self.latency = max(1, latency)
            milliseconds = UInt32(truncatingIfNeeded: now / 1_000_000)
        }

        init(_ word: UInt64) {
            latency = Float(bitPattern: UInt32(truncatingIfNeeded: word >> 32))
            milliseconds = UInt32(truncatingIfNeeded: word)
        }

        var word: UInt64 { UInt64(latency.bitPattern) << 32 | UInt64(milliseconds) }

        /// What is left of the latency's weight at `now`, from 1 down to 0: the first terms of e to
        /// the power of the time in memories, which is near enough, and needs no library.
        func decay(until now: UInt64) -> Float {
            let present = UInt32(truncatingIfNeeded: now / 1_000_000)
            // Another thread may have read its clock before this was noted: that is no time at all.
            let elapsed = max(0, Int32(bitPattern: present &- milliseconds))
            let time = Float(elapsed) / BackendLoad.memory
            return 1 / (1 + time + time * time / 2)
        }
    }
}
