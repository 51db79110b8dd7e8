import CLinux
import Glibc

extension UpgradeChannel {
    /// Connects to the process that listens at `path`, and waits for it where it is not there yet.
    ///
    /// - Throws: `UpgradeError.nobodyThere` when nobody listened in time, `.wrongUser` when `rule`
    ///   does not allow the one that does, `.system` for what waiting can't mend.
    public static func connect(
        to path: String, within limit: Duration, allowing rule: PeerRule = .sameUserOrRoot
    ) throws(UpgradeError) -> UpgradeChannel {
        let path = try UpgradePath(path)
        let deadline = Deadline(in: limit)
        while true {
            let socket = try UpgradePath.makeSocket()
            let result = path.connect(socket)
            switch -result {
            case ...0: return try UpgradeChannel(over: socket, allowing: rule)
            // No file yet, a stale one, or a queue that is full.
            case ENOENT, ECONNREFUSED, EAGAIN, EINTR: break
            default: throw .system(call: "connect", code: -result)
            }
            let left = deadline.millisecondsLeft
            guard left > 0 else { throw .nobodyThere(path.text) }
            // Nothing tells when somebody listens; an unconnected socket has POLLHUP, so this is
            // a wait on nothing (man 2 poll: a negative number is passed over).
            let ready = clinux_poll(-1, 0, min(left, 50))
            guard ready >= 0 || ready == -EINTR else { throw .system(call: "poll", code: -ready) }
        }
    }
}
