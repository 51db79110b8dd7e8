import Testing

@testable import PingoraCore

@Suite("Registrations")
struct RegistrationsTests {
    private final class Nobody: EventHandler {
        func ready(_ readiness: Readiness) {}
        func deadlineReached() {}
    }

    @Test("finds the handler of a token until it leaves")
    func finds() {
        var registrations = Registrations()
        let (first, second) = (Nobody(), Nobody())
        let one = registrations.insert(first)
        let two = registrations.insert(second)
        #expect(registrations.handler(for: one.token) === first)
        #expect(registrations.handler(for: two.token) === second)
        #expect(registrations[one.slot] === first)
        let count = registrations.count
        #expect(count == 2)
        registrations.remove(one.slot)
        #expect(registrations.handler(for: one.token) == nil)
        #expect(registrations.handler(for: two.token) === second)
    }

    @Test("gives a stale token to nobody, though its slot is taken again")
    func stale() {
        var registrations = Registrations()
        var stale: [UInt64] = []
        var slot = 0
        for _ in 0..<100 {
            let inserted = registrations.insert(Nobody())
            (slot, stale) = (inserted.slot, stale + [inserted.token])
            registrations.remove(slot)
        }
        let last = Nobody()
        let inserted = registrations.insert(last)
        #expect(inserted.slot == slot)
        #expect(Set(stale).count == 100)
        for token in stale { #expect(registrations.handler(for: token) == nil) }
        #expect(registrations.handler(for: inserted.token) === last)
        let capacity = registrations.capacity
        #expect(capacity == 1)
    }

    @Test("has nobody for a token that was never given", arguments: [1, 7, 1 << 32, .max])
    func unknown(_ token: UInt64) {
        var registrations = Registrations()
        _ = registrations.insert(Nobody())
        #expect(registrations.handler(for: token) == nil)
    }
}
