/// Why a hand-over failed, for both sides of it.
public enum UpgradeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The peer sent something that breaks a rule of the protocol.
    case malformed(FormatError)
    /// The peer sent a well-formed message that has no place at this step.
    case unexpected(kind: UInt16, during: HandOverStep)
    /// The peer closed the connection or died.
    case ended(HandOverStep)
    /// The peer said nothing in time.
    case timedOut(HandOverStep)
    /// The peer gives up, for the reason it gives.
    case refused(reason: String)
    /// The peer speaks these versions only, none of which we do.
    case otherVersion(lowest: UInt16, highest: UInt16)
    /// Both sides want to give, or both want to take.
    case sameRole
    /// Not as many sockets came as were announced, or were confirmed as were sent.
    case socketCount(expected: Int, found: Int)
    /// More than ``FormatLimits/sockets``.
    case tooManySockets(Int)
    /// More than ``FormatLimits/heldBytes`` wait in one place of a connection, so it can't move.
    case tooManyHeldBytes(Int)
    /// The successor acknowledged `found` connections in all, of which `sent` were sent, or fewer
    /// than before.
    case adoptedCount(sent: Int, found: Int)
    /// The kernel dropped descriptors on their way (MSG_CTRUNC), since this process may not open
    /// so many: raise RLIMIT_NOFILE.
    case descriptorsDropped(HandOverStep)
    /// The process at the other end belongs to a user that may neither give nor take.
    case wrongUser(UInt32)
    /// Somebody else listens at the path.
    case pathInUse(String)
    /// What is at the path is not a socket, so it is not replaced.
    case notASocket(String)
    /// A path of no bytes, of more than 107, or with a zero in it (man 7 unix).
    case badPath(String)
    /// Nobody listened at the path, or nobody came, in time.
    case nobodyThere(String)
    /// A system call failed with this `errno`.
    case system(call: String, code: CInt)

    /// What happened, in lower case and without a full stop.
    public var description: String {
        switch self {
        case .malformed(let error): "the peer broke the protocol: \(error)"
        case .unexpected(let kind, let step): "message of kind \(kind) during \(step)"
        case .ended(let step): "the peer closed the connection during \(step)"
        case .timedOut(let step): "no answer in time during \(step)"
        case .refused(let reason): "the peer gave up: \(reason)"
        case .otherVersion(let lowest, let highest):
            "the peer speaks versions \(lowest) to \(highest) of the protocol, this program "
                + "\(ProtocolVersions.lowest) to \(ProtocolVersions.highest)"
        case .sameRole: "both processes play the same part: one must give and one must take"
        case .socketCount(let expected, let found): "expected \(expected) sockets, found \(found)"
        case .tooManySockets(let count):
            "too many sockets: limit \(FormatLimits.sockets), got \(count)"
        case .tooManyHeldBytes(let count):
            "a connection with too many bytes to move: limit \(FormatLimits.heldBytes), "
                + "got \(count)"
        case .adoptedCount(let sent, let found):
            "\(found) connections acknowledged of \(sent) that were sent"
        case .descriptorsDropped(let step):
            "descriptors were dropped during \(step): raise the limit of open files"
        case .wrongUser(let user): "the peer runs as user \(user), expected root or our own user"
        case .pathInUse(let path): "another process listens at \(path)"
        case .notASocket(let path): "\(path) is not a socket, so it is not replaced"
        case .badPath(let path): "path of \(path.utf8.count) bytes, expected 1 to 107 without zero"
        case .nobodyThere(let path): "nobody at \(path) in time"
        case .system(let call, let code): "\(call) failed: error \(code)"
        }
    }

    /// The result of a CLinux call, or the error it stands for.
    @discardableResult
    static func check(_ result: CInt, _ call: String) throws(UpgradeError) -> CInt {
        guard result < 0 else { return result }
        throw .system(call: call, code: -result)
    }
}

/// The versions of the protocol that this module speaks.
public enum ProtocolVersions {
    /// The oldest.
    public static let lowest: UInt16 = 1
    /// The newest.
    public static let highest: UInt16 = 1
}
