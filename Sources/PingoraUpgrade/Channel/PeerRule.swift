import CLinux

/// Which processes may take part in a hand-over.
public struct PeerRule: Sendable {
    private let allows: @Sendable (_ user: UInt32) -> Bool

    /// A rule that asks about the user who runs the process at the other end.
    public init(_ allows: @escaping @Sendable (_ user: UInt32) -> Bool) {
        self.allows = allows
    }

    /// Root and our own user: whoever else could give us sockets could serve in our name.
    public static let sameUserOrRoot = PeerRule { $0 == 0 || $0 == clinux_geteuid() }

    /// Root, our own user, or `user`: of two processes one may still be root while the other runs
    /// as the user of its configuration already.
    public static func sameUserOrRoot(or user: UInt32) -> PeerRule {
        PeerRule { sameUserOrRoot.allows($0) || $0 == user }
    }

    /// Asks the kernel who connected, or who listens (SO_PEERCRED, man 7 unix).
    ///
    /// - Throws: `UpgradeError.wrongUser`.
    borrowing func check(_ socket: borrowing Descriptor) throws(UpgradeError) {
        var peer = clinux_peer()
        // SAFETY: the call writes one structure.
        let result = unsafe clinux_peer_of(socket.number, &peer)
        try UpgradeError.check(result, "getsockopt(SO_PEERCRED)")
        guard allows(peer.user) else { throw .wrongUser(peer.user) }
    }
}
