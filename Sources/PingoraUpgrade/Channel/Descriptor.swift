import CLinux

/// The one owner of an open file descriptor, which is closed when its owner goes.
///
/// Linux releases a descriptor even where `close` reports EINTR or EIO, so the call is never
/// repeated (man 2 close).
public struct Descriptor: ~Copyable, Sendable {
    /// The number to use it by; it stays with this owner.
    public let number: CInt

    /// Takes over `number`, which nobody else may close from now on.
    public init(owning number: CInt) {
        self.number = number
    }

    deinit {
        _ = clinux_close(number)
    }

    /// Gives the descriptor away without closing it.
    public consuming func release() -> CInt {
        let number = self.number
        discard self
        return number
    }
}
