import PingoraUpgrade

/// Why a server did not start, or did not do what it was told.
public enum ServerError: Error, CustomStringConvertible {
    case cannotListen(SocketAddress, SystemError)
    case cannotStart(SystemError)
    /// The text is no address: neither IPv4 nor IPv6 with a port, nor a Unix path.
    case invalidAddress(String)
    /// What systemd passed on is not what it should be.
    case badInheritance(String)
    /// The step between binding and serving failed, for the reason given.
    case notAllowed(String)
    /// There is no path at which two processes could meet.
    case noUpgradeSocket
    /// The process that runs serves on, and why.
    case takeOverFailed(String)
    /// A signal to end came before this process served.
    case interrupted
    /// A running server can't be told to run services of these names instead of its own.
    case otherServices([String])

    public var description: String {
        switch self {
        case .cannotListen(let address, let error): "cannot listen on \(address): \(error)"
        case .cannotStart(let error): "cannot start: \(error)"
        case .invalidAddress(let text):
            "invalid address: expected 127.0.0.1:6188, [::1]:6188 or unix:/path, "
                + "got \(String(text.unicodeScalars.prefix(100)).debugDescription)"
        case .badInheritance(let reason): "cannot use the sockets of systemd: \(reason)"
        case .notAllowed(let reason): reason
        case .noUpgradeSocket: "cannot upgrade: no path of a socket to meet at is given"
        case .takeOverFailed(let reason): "cannot take over: \(reason)"
        case .interrupted: "a signal ended it before it served"
        case .otherServices(let names):
            "cannot run other services: \(names.joined(separator: ", "))"
        }
    }
}
