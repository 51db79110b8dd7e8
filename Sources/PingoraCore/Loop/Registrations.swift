/// Who is registered with a loop, by slot.
///
/// A token is what epoll carries for us in its 64 bits: the slot, and the slot's generation. When a
/// descriptor is closed and its number reused within one batch of events, the stale event carries
/// an old generation and finds nobody.
struct Registrations: ~Copyable {
    /// The slot of a registration, and of its deadline in the timer wheel.
    typealias Slot = Int

    private var handlers: [(any EventHandler)?] = []
    private var generations: [UInt32] = []
    private var free: [Slot] = []

    /// How many are registered.
    var count: Int { handlers.count - free.count }
    /// All slots that have ever been used are below this.
    var capacity: Int { handlers.count }

    mutating func insert(_ handler: any EventHandler) -> (slot: Slot, token: UInt64) {
        if let slot = free.popLast() {
            handlers[slot] = handler
            return (slot, token(of: slot))
        }
        handlers.append(handler)
        generations.append(0)
        return (handlers.count - 1, token(of: handlers.count - 1))
    }

    mutating func remove(_ slot: Slot) {
        handlers[slot] = nil
        generations[slot] &+= 1
        free.append(slot)
    }

    /// The handler that `token` was given for, unless it has left since.
    func handler(for token: UInt64) -> (any EventHandler)? {
        let slot = Slot(truncatingIfNeeded: token & 0xffff_ffff)
        guard slot < handlers.count, generations[slot] == UInt32(token >> 32) else { return nil }
        return handlers[slot]
    }

    subscript(slot: Slot) -> (any EventHandler)? { handlers[slot] }

    func token(of slot: Slot) -> UInt64 {
        UInt64(generations[slot]) << 32 | UInt64(UInt32(truncatingIfNeeded: slot))
    }
}
