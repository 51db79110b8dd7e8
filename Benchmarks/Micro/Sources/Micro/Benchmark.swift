import CAllocationCounter

/// A named operation on one fixed input.
struct Benchmark: Sendable {
    /// The key in Thresholds.json.
    let name: String
    /// Runs the operation `count` times. The loop is inside, so that calling the closure costs
    /// nothing per operation.
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
    /// Warms up, counts allocations over 1000 operations, then takes `samples` timed samples.
    func measure(samples: Int = 10, operations: Int = 20_000) -> Measurement {
        run(1000)
        let counted = 1000
        let before = allocation_count()
        run(counted)
        let allocations = Int(allocation_count() - before)

        let clock = ContinuousClock()
        let fastest = (0..<samples).map { _ in clock.measure { run(operations) } }.min() ?? .zero
        return Measurement(
            name: name,
            nanosecondsPerOperation: fastest / .nanoseconds(operations),
            allocationsPerOperation: (allocations + counted - 1) / counted)
    }
}

/// Hides a value from the optimiser, so that the work behind it is not removed.
@inline(never)
@_optimize(none)
func keep<Value: ~Copyable>(_ value: borrowing Value) {}
