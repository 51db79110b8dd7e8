import PingoraCore
import Testing

@testable import PingoraProxy

@Suite("RetryBudget")
struct RetryBudgetTests {
    private func time(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds * 1e9))
    }

    @Test("lets a share of all requests be retried", arguments: [0, 1, 20, 100])
    func share(percent: Int) {
        var budget = RetryBudget(percent: percent, freePerSecond: 0)
        var retries = 0
        for _ in 0..<1000 {
            budget.earn()
            if budget.spend(at: time(1)) { retries += 1 }
        }
        #expect(retries == 10 * percent)
    }

    @Test("lets a few retries in each second be free")
    func free() {
        var budget = RetryBudget(percent: 0, freePerSecond: 3)
        let counts = [1.0, 1.2, 2.0, 2.999, 3.0].map { second in
            (0..<10).filter { _ in budget.spend(at: time(second)) }.count
        }
        #expect(counts == [3, 0, 3, 0, 3])
    }

    @Test("saves no more than a hundred retries for later")
    func saved() {
        var budget = RetryBudget(percent: 100, freePerSecond: 0)
        for _ in 0..<10_000 { budget.earn() }
        #expect((0..<1000).filter { _ in budget.spend(at: time(1)) }.count == 100)
    }
}
