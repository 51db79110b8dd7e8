/// Deadlines of many connections, coarse and cheap: a hashed wheel with lazy re-arming.
///
/// Pure: it knows ticks, not clocks. Invariants:
/// 1. An id is linked into at most one slot, that of `scheduled[id]`.
/// 2. `scheduled[id] <= deadline[id]` while it is linked: moving a deadline *later* (the common
///    case, at every read) is one store; the entry finds its new place when its old slot is
///    reached.
/// 3. An id expires no earlier than its deadline.
package struct TimerWheel: ~Copyable {
    /// 512 slots: at 50 ms a tick one turn is 25 s, so that most deadlines pass once.
    private static let slotCount = 512
    private static let none: Int32 = -1
    private static let unscheduled = UInt64.max

    private var first: [Int32]
    private var occupied: [UInt64]
    private var next: [Int32] = []
    private var previous: [Int32] = []
    private var scheduled: [UInt64] = []
    private var deadline: [UInt64] = []
    private var currentTick: UInt64

    /// A wheel that starts at `tick`.
    package init(startingAt tick: UInt64) {
        first = Array(repeating: TimerWheel.none, count: TimerWheel.slotCount)
        occupied = Array(repeating: 0, count: TimerWheel.slotCount / 64)
        currentTick = tick
    }

    /// Makes room for ids below `count`.
    package mutating func grow(to count: Int) {
        while next.count < count {
            next.append(TimerWheel.none)
            previous.append(TimerWheel.none)
            scheduled.append(TimerWheel.unscheduled)
            deadline.append(TimerWheel.unscheduled)
        }
    }

    /// Sets the deadline of `id`, replacing an earlier one. O(1).
    package mutating func set(_ id: Int, to tick: UInt64) {
        deadline[id] = tick
        guard tick < scheduled[id] else { return }
        if scheduled[id] != TimerWheel.unscheduled { unlink(id) }
        link(id, at: max(tick, currentTick &+ 1))
    }

    /// Takes the deadline of `id` away; its place in the wheel is given up lazily. O(1).
    package mutating func clear(_ id: Int) {
        deadline[id] = TimerWheel.unscheduled
    }

    /// Forgets `id` at once, so that it can be given to somebody else. O(1).
    package mutating func remove(_ id: Int) {
        if scheduled[id] != TimerWheel.unscheduled { unlink(id) }
        deadline[id] = TimerWheel.unscheduled
    }

    /// Moves on to `tick` and appends the ids whose deadline has come.
    package mutating func advance(to tick: UInt64, expired: inout [Int]) {
        guard tick > currentTick else { return }
        let steps = min(tick - currentTick, UInt64(TimerWheel.slotCount))
        let firstTick = tick - steps + 1
        currentTick = tick
        for passing in firstTick...tick {
            let slot = Int(passing % UInt64(TimerWheel.slotCount))
            guard first[slot] != TimerWheel.none else { continue }
            drain(slot, at: tick, expired: &expired)
        }
    }

    /// How many ticks from now the next occupied slot is, nil for an empty wheel. It may be too
    /// soon (lazy entries), never too late.
    package func ticksUntilNext() -> UInt64? {
        let words = TimerWheel.slotCount / 64
        let start = Int((currentTick + 1) % UInt64(TimerWheel.slotCount))
        for step in 0...words {
            let word = (start / 64 + step) % words
            var bits = occupied[word]
            if step == 0 { bits &= ~0 << UInt64(start % 64) }
            if step == words { bits &= (1 << UInt64(start % 64)) - 1 }
            guard bits != 0 else { continue }
            let slot = word * 64 + bits.trailingZeroBitCount
            return UInt64((slot - start + TimerWheel.slotCount) % TimerWheel.slotCount) + 1
        }
        return nil
    }

    private mutating func drain(_ slot: Int, at tick: UInt64, expired: inout [Int]) {
        var id = first[slot]
        while id != TimerWheel.none {
            let entry = Int(id)
            id = next[entry]
            guard scheduled[entry] <= tick else { continue }
            unlink(entry)
            if deadline[entry] <= tick {
                deadline[entry] = TimerWheel.unscheduled
                expired.append(entry)
            } else if deadline[entry] != TimerWheel.unscheduled {
                link(entry, at: deadline[entry])
            }
        }
    }

    private mutating func link(_ id: Int, at tick: UInt64) {
        let slot = Int(tick % UInt64(TimerWheel.slotCount))
        scheduled[id] = tick
        previous[id] = TimerWheel.none
        next[id] = first[slot]
        if first[slot] != TimerWheel.none { previous[Int(first[slot])] = Int32(id) }
        first[slot] = Int32(id)
        occupied[slot / 64] |= 1 << UInt64(slot % 64)
    }

    private mutating func unlink(_ id: Int) {
        let slot = Int(scheduled[id] % UInt64(TimerWheel.slotCount))
        scheduled[id] = TimerWheel.unscheduled
        if previous[id] == TimerWheel.none {
            first[slot] = next[id]
            if next[id] == TimerWheel.none { occupied[slot / 64] &= ~(1 << UInt64(slot % 64)) }
        } else {
            next[Int(previous[id])] = next[id]
        }
        if next[id] != TimerWheel.none { previous[Int(next[id])] = previous[id] }
    }
}
