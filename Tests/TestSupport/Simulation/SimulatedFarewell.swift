import CLinux
import Glibc

/// What one end of a connection may know of the other one's having said all that it will.
struct SimulatedFarewell {
    enum Send {
        /// Something new, on a connection that is known to be over.
        case wrong
        /// Something new, before anything was known.
        case excused
        /// Not the first after the farewell.
        case settled
    }

    /// How many of the bytes that come last are surplus; where there are none, the end is what
    /// tells.
    private let surplus: Int
    private var isKnown = false
    private var isSettled = false

    init(surplus: Int) {
        self.surplus = surplus
    }

    /// A poll reports `bits`, with so many bytes unread.
    mutating func noteReport(_ bits: UInt32, unread: Int) {
        guard surplus == 0 else { return isKnown = isKnown || unread <= surplus }
        if bits & EPOLLRDHUP.rawValue != 0 { isKnown = true }
    }

    /// Bytes were read, and so many are left.
    mutating func noteReceive(left: Int) {
        if left < surplus { isKnown = true }
    }

    mutating func noteSend() -> Send {
        guard !isSettled else { return .settled }
        isSettled = true
        return isKnown ? .wrong : .excused
    }
}

extension SimulatedSocket {
    /// A poll reports `bits`.
    func noteReport(_ bits: UInt32) {
        farewell?.noteReport(bits, unread: received.count)
    }
}
