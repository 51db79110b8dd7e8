import CLinux
import Glibc

/// The socket file at which one of the two processes waits for the other.
///
/// The file has mode 0600 from its first moment, and goes away with its owner. Of two processes
/// that bind the same path at the same moment, the second may take it over from the first, whose
/// wait then ends with `nobodyThere`; it leaves the other's file alone.
public struct UpgradeListener: ~Copyable {
    private let socket: Descriptor
    private let path: UpgradePath
    private let file: clinux_file

    /// Binds and listens at `path`. A file that a dead process left is replaced. The file is given
    /// to `owner`, who can connect to it then; without one it stays this process's user's.
    ///
    /// - Throws: `UpgradeError.pathInUse` when somebody listens there, `.notASocket` when something
    ///   else is there, `.system` when the file can't be given away.
    public init(
        binding path: String, owner: (user: UInt32, group: UInt32)? = nil
    ) throws(UpgradeError) {
        let path = try UpgradePath(path)
        let socket = try UpgradePath.makeSocket()
        // Linux gives the file the mode of the socket (af_unix.c, unix_bind_bsd), so there is no
        // moment at which others could connect, and no umask to change for all threads.
        try UpgradeError.check(clinux_fchmod(socket.number, 0o600), "fchmod")
        if try UpgradeListener.bind(socket, to: path) == -EADDRINUSE {
            try UpgradeListener.removeStale(path)
            let result = try UpgradeListener.bind(socket, to: path)
            guard result != -EADDRINUSE else { throw .pathInUse(path.text) }
        }
        guard let file = try? path.file() else {
            // Nobody could say later whether the file is still ours.
            try? path.unlink()
            throw .nobodyThere(path.text)
        }
        do {
            // Before anybody can connect: the owner of a socket does not become its file's.
            if let owner { try path.give(file, user: owner.user, group: owner.group) }
            // One peer is expected; a few strangers may be in its way.
            try UpgradeError.check(clinux_listen(socket.number, 8), "listen")
        } catch {
            UpgradeListener.remove(path, file)
            throw error
        }
        self.socket = socket
        self.path = path
        self.file = file
    }

    deinit {
        UpgradeListener.remove(path, file)
    }

    private static func remove(_ path: UpgradePath, _ file: clinux_file) {
        // Another process may have put its own file there.
        guard let found = try? path.file(), found.inode == file.inode,
            found.device == file.device
        else { return }
        // A file that can't be removed is stale, and the next one to bind replaces it.
        try? path.unlink()
    }

    /// Waits for the other process. Those that `rule` does not allow are turned away.
    ///
    /// - Throws: `UpgradeError.nobodyThere` when nobody came in time, `.wrongUser` when only others
    ///   did.
    public borrowing func accept(
        within limit: Duration, allowing rule: PeerRule = .sameUserOrRoot
    ) throws(UpgradeError) -> UpgradeChannel {
        let deadline = Deadline(in: limit)
        var stranger: UpgradeError?
        while true {
            let result = clinux_accept(socket.number, nil, nil)
            switch -result {
            case ...0:
                do {
                    return try UpgradeChannel(over: Descriptor(owning: result), allowing: rule)
                } catch {
                    guard case .wrongUser = error else { throw error }
                    stranger = error
                }
            case EAGAIN, EINTR, ECONNABORTED: break
            default: throw .system(call: "accept", code: -result)
            }
            let left = deadline.millisecondsLeft
            guard left > 0 else { throw stranger ?? .nobodyThere(path.text) }
            guard result == -EAGAIN else { continue }
            let ready = clinux_poll(socket.number, POLLIN, left)
            guard ready >= 0 || ready == -EINTR else { throw .system(call: "poll", code: -ready) }
        }
    }

    private static func bind(
        _ socket: borrowing Descriptor, to path: UpgradePath
    ) throws(UpgradeError) -> CInt {
        let number = socket.number
        let result = unsafe path.withAddress { unsafe clinux_bind(number, $0, $1) }
        guard result != -EADDRINUSE else { return result }
        return try UpgradeError.check(result, "bind")
    }

    private static func removeStale(_ path: UpgradePath) throws(UpgradeError) {
        guard let file = try path.file() else { return }
        guard file.mode & UInt32(S_IFMT) == UInt32(S_IFSOCK) else {
            throw .notASocket(path.text)
        }
        let probe = try UpgradePath.makeSocket()
        let result = path.connect(probe)
        // Anything else, a full queue (EAGAIN) for one, is a sign of life.
        guard result == -ECONNREFUSED || result == -ENOENT else { throw .pathInUse(path.text) }
        try path.unlink()
    }
}
