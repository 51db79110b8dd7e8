import PingoraUpgrade

/// Listening sockets that somebody else has bound: systemd, or the process that we take over from.
///
/// Those that nobody claims are closed when this goes.
struct InheritedSockets: ~Copyable {
    private var activated: ActivatedSockets?
    private var taken: TakenSockets?
    /// What had to be bound, since nobody had.
    private var bound: [Listener] = []

    /// What systemd passes on (man 3 sd_listen_fds); nothing where it does not.
    ///
    /// - Throws: `ServerError.badInheritance`.
    static func fromEnvironment() throws(ServerError) -> InheritedSockets {
        do {
            return InheritedSockets(activated: try ActivatedSockets.fromEnvironment())
        } catch {
            throw .badInheritance("\(error)")
        }
    }

    private init(activated: consuming ActivatedSockets) {
        self.activated = consume activated
        taken = nil
    }

    /// What a predecessor gave.
    init(_ taken: consuming TakenSockets) {
        self.taken = consume taken
        activated = nil
    }

    /// Listeners on all of `addresses`: inherited where we have them, or bound.
    ///
    /// - Throws: `ServerError` naming the address that can't be bound.
    mutating func listeners(for addresses: [SocketAddress]) throws(ServerError) -> [Listener] {
        var listeners: [Listener] = []
        for address in addresses {
            if let inherited = claim(address) {
                listeners.append(inherited)
            } else {
                let new = try Listener.bind([address])
                bound += new
                listeners += new
            }
        }
        return listeners
    }

    /// Removes the files of Unix sockets that were bound: after all, nobody will serve there. Those
    /// that were inherited are still served by others.
    func removeFiles() {
        for listener in bound { listener.removeFile() }
    }

    private mutating func claim(_ address: SocketAddress) -> Listener? {
        if let socket = activated?.claim(address) {
            return Listener(adopting: socket, at: address, ownsFile: false)
        }
        for ownsFile in [true, false] {
            guard let name = Listener.name(address, ownsFile: ownsFile),
                let socket = taken?.claim(name)
            else { continue }
            let descriptor = FileDescriptor(owning: socket.release())
            // A name that does not fit its socket would have us serve in the wrong place.
            guard descriptor.localAddress() == address else {
                log.warning("inherited_socket_refused", ("name", address))
                return nil
            }
            return Listener(adopting: descriptor, at: address, ownsFile: ownsFile)
        }
        return nil
    }
}

extension Listener {
    /// What the socket is called in a hand-over: its address, and behind a zero byte that its file
    /// is somebody else's.
    var name: SocketName? { Listener.name(address, ownsFile: ownsFile) }

    fileprivate static func name(_ address: SocketAddress, ownsFile: Bool) -> SocketName? {
        // An address is never too long for a name.
        try? SocketName(ownsFile ? "\(address)" : "\(address)\0activated")
    }
}
