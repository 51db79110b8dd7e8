import CAllocationCounter

/// A named operation on one fixed input.
struct Benchmark: Sendable {
    /// The key in Thresholds.json.
    let name: String
    /// Runs the operation `count` times. The loop is inside, so that calling the closure costs
    /// nothing per operation, and what it uses again and again is made before the loop.
    let run: @Sendable (_ count: Int) -> Void
}

/// What one benchmark measured.
struct Measurement {
    let name: String
    /// The fastest of several samples: noise only ever adds.
    let nanosecondsPerOperation: Double
    /// Rounded up from the average, so that a rare allocation does not vanish.
    let allocationsPerOperation: Int
}

extension Benchmark {
    /// Warms up, counts the allocations of 1000 operations, then takes `samples` timed samples.
    ///
    /// They are what 2000 operations allocate more than 1000, so that what a run makes before its
    /// loop does not count.
    func measure(samples: Int = 10, operations: Int = 20_000) -> Measurement {
        run(1000)
        let counted = 1000
        let once = allocations(of: counted)
        let allocations = max(0, allocations(of: 2 * counted) - once)

        let clock = ContinuousClock()
        let fastest = (0..<samples).map { _ in clock.measure { run(operations) } }.min() ?? .zero
        return Measurement(
            name: name,
            nanosecondsPerOperation: fastest / .nanoseconds(operations),
            allocationsPerOperation: (allocations + counted - 1) / counted)
    }

    private func allocations(of count: Int) -> Int {
        let before = allocation_count()
        run(count)
        return Int(allocation_count() - before)
    }
}

/// Hides a value from the optimiser, so that the work behind it is not removed.
@inline(never)
@_optimize(none)
func keep<Value: ~Copyable>(_ value: borrowing Value) {}
