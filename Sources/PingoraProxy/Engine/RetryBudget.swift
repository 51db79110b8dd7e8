import PingoraCore

/// How many retries a loop may make: a share of its recent requests, so that an outage does not
/// multiply the load on what is left. Pure.
///
/// Every request earns a part of a retry; what is not used is kept for a while. A few retries in
/// each second are free, or a quiet proxy could never make one.
struct RetryBudget {
    /// In thousandths of a retry.
    private var balance: Int
    private var free: Int
    private var second: Int64 = .min
    private let share: Int
    private let freePerSecond: Int

    /// The retries that can be saved for later: a burst after a quiet time stays a burst.
    private static let mostSaved = 100_000

    /// A budget of `percent` of all requests, and of `freePerSecond` retries whatever comes.
    init(percent: Int, freePerSecond: Int) {
        share = percent * 10
        self.freePerSecond = freePerSecond
        free = freePerSecond
        balance = 0
    }

    /// A request has come.
    mutating func earn() {
        balance = min(balance + share, RetryBudget.mostSaved)
    }

    /// Whether another retry may be made now; it is counted.
    mutating func spend(at now: MonotonicTime) -> Bool {
        if now.nanoseconds / 1_000_000_000 != second {
            second = now.nanoseconds / 1_000_000_000
            free = freePerSecond
        }
        if free > 0 {
            free -= 1
            return true
        }
        guard balance >= 1000 else { return false }
        balance -= 1000
        return true
    }
}

extension RetryBudget {
    /// The budget that the options give.
    init(_ options: ProxyOptions) {
        self.init(percent: options.retryPercent, freePerSecond: options.freeRetriesPerSecond)
    }
}
