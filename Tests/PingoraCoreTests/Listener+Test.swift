import CLinux

@testable import PingoraCore

extension Listener {
    /// Accepts one connection, if one waits.
    func acceptForTest(on loop: EventLoop) -> Connection? {
        let number = clinux_accept(descriptor.number, nil, nil)
        return number < 0 ? nil : try? Connection(FileDescriptor(owning: number), peer: nil, on: loop)
    }
}
