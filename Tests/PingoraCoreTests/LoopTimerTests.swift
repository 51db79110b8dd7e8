import TestSupport
import Testing

@testable import PingoraCore

@Suite("LoopTimer")
struct LoopTimerTests {
    /// A task that sleeps with one timer, and what came of each sleep.
    private final class Sleeper {
        let timer: LoopTimer
        /// What each sleep returned, and when, in seconds from the start.
        private(set) var ends: [(wasWoken: Bool, seconds: Double)] = []
        private let simulated: SimulatedLoop
        private let start: MonotonicTime

        init(_ simulated: SimulatedLoop) {
            self.simulated = simulated
            timer = LoopTimer(on: simulated.loop)
            start = simulated.loop.now
        }

        /// Sleeps until these times, one after the other.
        func sleep(until seconds: [Double]) {
            let box = Unchecked(self)
            simulated.loop.spawn {
                for end in seconds { await box.value.sleep(until: end) }
            }
            simulated.turn()
        }

        private func sleep(until seconds: Double) async {
            let deadline: MonotonicTime =
                seconds == .infinity ? .never : start.advanced(by: .seconds(seconds))
            // A time before the start.
            let end = seconds < 0 ? start.before(.seconds(-seconds)) : deadline
            let wasWoken = await timer.sleep(until: end)
            let passed = simulated.loop.now.nanoseconds(since: start)
            ends.append((wasWoken, Double(passed) / 1e9))
        }

        var wereWoken: [Bool] { ends.map(\.wasWoken) }
    }

    @Test("sleeps until its deadline, and 100 ms longer at most", arguments: [0.01, 0.05, 1, 60])
    func deadline(seconds: Double) throws {
        try SimulatedLoop.run { simulated in
            let sleeper = Sleeper(simulated)
            sleeper.sleep(until: [seconds])
            #expect(sleeper.ends.isEmpty)
            simulated.pass(seconds: seconds + 1)
            #expect(sleeper.wereWoken == [false])
            let end = try #require(sleeper.ends.first?.seconds)
            #expect(end >= seconds && end <= seconds + 0.1001)
        }
    }

    @Test("does not sleep until what has been", arguments: [0.0, -0.5])
    func past(seconds: Double) throws {
        try SimulatedLoop.run { simulated in
            let sleeper = Sleeper(simulated)
            sleeper.sleep(until: [seconds, seconds])
            #expect(sleeper.wereWoken == [false, false])
            #expect(sleeper.ends.allSatisfy { $0.seconds == 0 })
        }
    }

    @Test("is woken early, also from a sleep without an end", arguments: [10.0, .infinity])
    func wakes(deadline: Double) throws {
        try SimulatedLoop.run { simulated in
            let sleeper = Sleeper(simulated)
            sleeper.sleep(until: [deadline])
            simulated.pass(seconds: 1)
            #expect(sleeper.ends.isEmpty)
            sleeper.timer.wake()
            simulated.turn()
            #expect(sleeper.wereWoken == [true])
            // The deadline that is left says nothing any more.
            simulated.pass(seconds: 20)
            #expect(sleeper.ends.count == 1)
        }
    }

    @Test("takes no notice of what wakes it while it is awake")
    func awake() throws {
        try SimulatedLoop.run { simulated in
            let sleeper = Sleeper(simulated)
            sleeper.timer.wake()
            sleeper.sleep(until: [1])
            #expect(sleeper.ends.isEmpty)
            sleeper.timer.wake()
            sleeper.timer.wake()
            simulated.turn()
            #expect(sleeper.wereWoken == [true])
            sleeper.sleep(until: [2])
            simulated.pass(seconds: 1.5)
            #expect(sleeper.ends.count == 1)
            simulated.pass(seconds: 1)
            #expect(sleeper.wereWoken == [true, false])
        }
    }

    @Test(
        "sleeps anew whatever deadline was left of a sleep before",
        arguments: [[5.0, 10], [5, .infinity], [.infinity, 10], [10, 5]])
    func again(deadlines: [Double]) throws {
        try SimulatedLoop.run { simulated in
            let sleeper = Sleeper(simulated)
            sleeper.sleep(until: deadlines)
            simulated.pass(seconds: 1)
            sleeper.timer.wake()
            simulated.turn()
            #expect(sleeper.wereWoken == [true])
            simulated.pass(seconds: min(deadlines[1], 30) - 1.5)
            #expect(sleeper.wereWoken == [true])
            simulated.pass(seconds: 1)
            #expect(sleeper.wereWoken == (deadlines[1] < 30 ? [true, false] : [true]))
            // So that no task is left.
            sleeper.timer.wake()
            simulated.turn()
        }
    }

    @Test("wakes many in the order of their deadlines")
    func order() throws {
        try SimulatedLoop.run { simulated in
            let deadlines = [3.0, 1, 2, 5, 4]
            let sleepers = deadlines.map { _ in Sleeper(simulated) }
            for (sleeper, deadline) in zip(sleepers, deadlines) { sleeper.sleep(until: [deadline]) }
            for second in 1...5 {
                simulated.pass(seconds: 1.2)
                let awake = deadlines.filter { $0 <= Double(second) * 1.2 }.count
                #expect(sleepers.filter { !$0.ends.isEmpty }.count == awake)
            }
            for (sleeper, deadline) in zip(sleepers, deadlines) {
                let end = try #require(sleeper.ends.first?.seconds)
                #expect(end >= deadline && end <= deadline + 0.1001)
            }
        }
    }

    @Test("gives its place back to the loop, and the next has nothing of it")
    func places() throws {
        try SimulatedLoop.run { simulated in
            let kept = LoopTimer(on: simulated.loop)
            weak var first: LoopTimer?
            for _ in 0..<1000 {
                let timer = LoopTimer(on: simulated.loop)
                first = first ?? timer
                let box = Unchecked(timer)
                let end = simulated.loop.now.advanced(by: .seconds(1))
                simulated.loop.spawn { _ = await box.value.sleep(until: end) }
                simulated.turn()
                timer.wake()
                simulated.turn()
            }
            #expect(first == nil)
            // A deadline that was left must not end the sleep of whoever has the place now.
            let sleeper = Sleeper(simulated)
            sleeper.sleep(until: [.infinity])
            simulated.pass(seconds: 5)
            #expect(sleeper.ends.isEmpty)
            sleeper.timer.wake()
            simulated.turn()
            #expect(sleeper.wereWoken == [true])
            _ = kept
        }
    }
}
