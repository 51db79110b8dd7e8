import PingoraCore
import Synchronization

@testable import PingoraLB

/// A pool of round robin over 10.0.0.1:80, 10.0.0.2:80 and so on, at times that a test chooses.
struct PoolForTests {
    let pool: BackendPool
    let backends: [Backend]

    init(
        _ backends: [Backend], policy: BalancingPolicy = BalancingPolicy(),
        expectsChecks: Bool = false, replacing predecessor: BackendPool? = nil
    ) {
        self.backends = backends
        pool = BackendPool(
            backends, policy: policy, expectsChecks: expectsChecks, replacing: predecessor
        ) { RoundRobin($0) }
    }

    init(count: Int, policy: BalancingPolicy = BalancingPolicy(), expectsChecks: Bool = false) {
        self.init(
            (1...count).map { .numbered($0) }, policy: policy, expectsChecks: expectsChecks)
    }

    /// Chooses, and ends at once as told.
    @discardableResult
    func serve(
        _ outcome: (Backend) -> BackendOutcome = { _ in .answered(after: .milliseconds(1)) },
        at now: MonotonicTime
    ) -> Int? {
        guard let use = begin(at: now) else { return nil }
        use.end(outcome(use.backend), at: now)
        return use.backend.number
    }

    func begin(besides tried: [BackendUse] = [], at now: MonotonicTime) -> BackendUse? {
        guard case .use(let use) = pool.choose(SelectionRequest(), besides: tried, at: now) else {
            return nil
        }
        return use
    }

    /// How many of `count` requests each backend gets, by its number.
    func shares(_ count: Int, at now: MonotonicTime) -> [Int: Int] {
        var shares: [Int: Int] = [:]
        for _ in 0..<count { shares[serve(at: now) ?? 0, default: 0] += 1 }
        return shares
    }

    /// Tells the pool what a check has found.
    func check(_ number: Int, passes: Bool, at now: MonotonicTime) {
        var options = HealthCheckOptions()
        (options.rise, options.fall) = (1, 1)
        _ = pool.noteCheck(
            .numbered(number), passes ? nil : .timedOut, options, at: now)
    }
}

extension Backend {
    static func numbered(
        _ number: Int, weight: Int = 1, isBackup: Bool = false, maximumRequests: Int? = nil
    ) -> Backend {
        Backend(
            .ipv4(0x0a00_0000 | UInt32(number), port: 80), weight: weight, isBackup: isBackup,
            maximumRequests: maximumRequests)
    }

    var number: Int {
        guard case .ipv4(let host, _) = address else { return 0 }
        return Int(host & 0xffff)
    }
}

extension MonotonicTime {
    /// `seconds` into the test.
    static func at(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: 1_000_000_000_000).advanced(by: .seconds(seconds))
    }
}
