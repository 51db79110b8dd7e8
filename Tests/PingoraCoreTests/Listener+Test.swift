import CLinux

@testable import PingoraCore

extension Listener {
    /// Accepts one connection, if one waits.
    func acceptForTest() -> FileDescriptor? {
        let number = clinux_accept(descriptor.number, nil, nil)
        return number < 0 ? nil : FileDescriptor(owning: number)
    }
}
