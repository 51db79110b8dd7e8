import Testing

@testable import PingoraCore
@testable import PingoraLB

@Suite("SlowStart")
struct SlowStartTests {
    private static let start = MonotonicTime(nanoseconds: 5_000_000_000)

    private func share(after seconds: Double, of ramp: Double) -> Int64 {
        let now = MonotonicTime(nanoseconds: Self.start.nanoseconds + Int64(seconds * 1e9))
        return SlowStart.share(since: Self.start, at: now, .seconds(ramp))
    }

    @Test(
        "grows with time from a tenth to all",
        arguments: [
            (0.0, 6554), (1.0, 6554), (2.0, 13107), (5.0, 32768), (7.5, 49152), (9.999, 65529),
            (10.0, 65536), (10.001, 65536), (1e9, 65536),
        ])
    func grows(seconds: Double, expected: Int64) {
        #expect(share(after: seconds, of: 10) == expected)
    }

    @Test("never falls, and never leaves its bounds")
    func monotonic() {
        let shares = (0...1200).map { share(after: Double($0) / 100, of: 10) }
        #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(shares.first == SlowStart.least && shares.last == SlowStart.full)
    }

    @Test("is all at once without a ramp", arguments: [0.0, 1e-9])
    func noRamp(ramp: Double) {
        let later = Self.start.advanced(by: TimeLimit(nanoseconds: 1))
        #expect(SlowStart.share(since: Self.start, at: later, .seconds(ramp)) == SlowStart.full)
    }

    @Test("begins with the least where the clock of another thread is behind")
    func early() {
        #expect(share(after: -1, of: 10) == SlowStart.least)
        // Less than a microsecond long.
        let now = Self.start
        #expect(SlowStart.share(since: now, at: now, TimeLimit(nanoseconds: 1)) == SlowStart.least)
    }

    @Test("survives a ramp without an end")
    func endless() {
        #expect(share(after: 1e8, of: 1e12) == SlowStart.least)
        let end = MonotonicTime(nanoseconds: .max - 1)
        let share = SlowStart.share(since: Self.start, at: end, TimeLimit(nanoseconds: .max))
        #expect((SlowStart.least...SlowStart.full).contains(share))
    }
}
