import PingoraCore
import TestSupport
import Testing

@Suite("TimerWheel")
struct TimerWheelTests {
    @Test("expires an id at its tick and not before", arguments: [1, 2, 511, 512, 513, 5000])
    func expiresOnTime(delay: UInt64) {
        var wheel = TimerWheel(startingAt: 100)
        wheel.grow(to: 1)
        wheel.set(0, to: 100 + delay)
        var expired: [Int] = []
        for tick in 101..<(100 + delay) { wheel.advance(to: tick, expired: &expired) }
        #expect(expired == [])
        wheel.advance(to: 100 + delay, expired: &expired)
        #expect(expired == [0])
    }

    @Test("a later deadline replaces an earlier one, and an earlier a later")
    func moves() {
        var wheel = TimerWheel(startingAt: 0)
        wheel.grow(to: 2)
        wheel.set(0, to: 10)
        wheel.set(0, to: 20)
        wheel.set(1, to: 20)
        wheel.set(1, to: 5)
        var expired: [Int] = []
        wheel.advance(to: 19, expired: &expired)
        #expect(expired == [1])
        wheel.advance(to: 20, expired: &expired)
        #expect(expired == [1, 0])
    }

    @Test("a cleared or removed id does not expire")
    func clears() {
        var wheel = TimerWheel(startingAt: 0)
        wheel.grow(to: 2)
        wheel.set(0, to: 3)
        wheel.set(1, to: 3)
        wheel.clear(0)
        wheel.remove(1)
        var expired: [Int] = []
        wheel.advance(to: 1000, expired: &expired)
        #expect(expired == [])
        #expect(wheel.ticksUntilNext() == nil)
    }

    @Test("says when to wake, never too late")
    func wakes() {
        var wheel = TimerWheel(startingAt: 70)
        wheel.grow(to: 1)
        wheel.set(0, to: 70 + 30)
        #expect(wheel.ticksUntilNext() == 30)
        wheel.set(0, to: 70 + 1)
        #expect(wheel.ticksUntilNext() == 1)
    }

    @Test(
        "agrees with a plain model over random operations", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var wheel = TimerWheel(startingAt: 0)
        wheel.grow(to: 64)
        var model: [Int: UInt64] = [:]
        var tick: UInt64 = 0
        for _ in 0..<5000 {
            let id = Int.random(in: 0..<64, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let deadline = tick + UInt64.random(in: 1...1500, using: &random)
                wheel.set(id, to: deadline)
                model[id] = deadline
            case 2:
                wheel.clear(id)
                model[id] = nil
            default:
                tick += UInt64.random(in: 1...700, using: &random)
                var expired: [Int] = []
                wheel.advance(to: tick, expired: &expired)
                let due = model.filter { $0.value <= tick }.keys.sorted()
                #expect(expired.sorted() == due)
                for id in due { model[id] = nil }
            }
        }
    }
}
