import Synchronization

/// Holds the script of an origin until the test opens it.
final class Gate: Sendable {
    private let isOpen = Atomic<Bool>(false)

    func open() {
        isOpen.store(true, ordering: .releasing)
    }

    /// Waits until it is open, or too long.
    func wait() {
        _ = eventually { isOpen.load(ordering: .acquiring) }
    }
}
