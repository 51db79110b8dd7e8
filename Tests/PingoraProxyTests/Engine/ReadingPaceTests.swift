import Testing

@testable import PingoraCore
@testable import PingoraProxy

@Suite("ReadingPace")
struct ReadingPaceTests {
    /// A client that is waited for all the time, with a clock that only goes by hand.
    private struct Client {
        var pace: ReadingPace
        var now = MonotonicTime(nanoseconds: 5_000_000_000)
        var taken = 1000

        init(rate: Int, grace: Double = 30) {
            pace = ReadingPace(rate: rate, grace: .seconds(grace), taken: 1000)
        }

        /// Takes `count` bytes after `seconds` of waiting; false if it was too slow for that.
        mutating func take(_ count: Int, after seconds: Double) -> Bool {
            let deadline = pace.beginWait(at: now, taken: taken)
            let next = now.advanced(by: .seconds(seconds))
            guard next <= deadline else { return false }
            now = next
            pace.endWait(at: now)
            taken += count
            return true
        }

        /// The seconds until it is too slow, if it takes nothing more.
        mutating func left() -> Double {
            Double(pace.beginWait(at: now, taken: taken).nanoseconds - now.nanoseconds) / 1e9
        }
    }

    @Test(
        "is kept by who takes as much as wanted or more, and not by who takes a byte less",
        arguments: [(999, false), (1000, true), (1001, true)])
    func limit(bytes: Int, isEnough: Bool) {
        var client = Client(rate: 100)
        // Each time a byte too few costs 10 ms of the 30 s; it ends 10 s before they do.
        var rounds = 0
        while rounds < 5000, client.take(bytes, after: 10) { rounds += 1 }
        #expect((rounds == 5000) == isEnough)
        if !isEnough { #expect(rounds == 2001) }
    }

    @Test("gives some time at the beginning, to the nanosecond")
    func grace() {
        var client = Client(rate: 100)
        let deadline = client.pace.beginWait(at: client.now, taken: client.taken)
        #expect(deadline == client.now.advanced(by: .seconds(30)))
        client.pace.endWait(at: deadline)
        let none = client.pace.beginWait(at: deadline, taken: client.taken)
        #expect(none == deadline)
        // One more byte is worth 10 ms.
        let more = client.pace.beginWait(at: deadline, taken: client.taken + 1)
        #expect(more == deadline.advanced(by: .milliseconds(10)))
    }

    @Test("does not count the time in which nobody waits for the client")
    func pauses() {
        var client = Client(rate: 100)
        let isInTime = client.take(0, after: 10)
        #expect(isInTime)
        client.now = client.now.advanced(by: .seconds(1000))
        client.pace.endWait(at: client.now)
        let left = client.left()
        #expect(left == 20)
    }

    @Test("saves no more than there was at the beginning", arguments: [1 << 20, 1 << 40, .max / 2])
    func cap(bytes: Int) {
        var client = Client(rate: 100)
        let isInTime = client.take(bytes, after: 20)
        let left = client.left()
        #expect(isInTime)
        #expect(left == 30)
    }

    @Test("is any pace where none is wanted")
    func off() {
        var client = Client(rate: 0, grace: 1)
        let isInTime = client.take(0, after: 86_400)
        #expect(isInTime)
        let deadline = client.pace.beginWait(at: client.now, taken: client.taken)
        #expect(deadline == .never)
    }

    @Test("bears the largest limits", arguments: [1, Int.max])
    func extremes(rate: Int) {
        var pace = ReadingPace(rate: rate, grace: TimeLimit(nanoseconds: .max), taken: 0)
        let now = MonotonicTime(nanoseconds: 7)
        let first = pace.beginWait(at: now, taken: .max)
        #expect(first == .never)
        pace.endWait(at: MonotonicTime(nanoseconds: .max))
        let next = pace.beginWait(at: now, taken: .max)
        #expect(next >= now)
    }
}
