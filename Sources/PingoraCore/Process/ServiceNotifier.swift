import CLinux
import Glibc

/// Tells the service manager how the service fares, as systemd's sd_notify does (man 3 sd_notify):
/// one datagram per message to the Unix socket that NOTIFY_SOCKET names.
///
/// Without that variable every message does nothing.
package struct ServiceNotifier: Sendable {
    /// The name of the socket: a path, or a zero byte and an abstract name. Nil: nobody listens.
    private let name: [UInt8]?

    /// A millisecond apart: a manager with a full queue is waited for a second.
    private static let sendAttempts = 1000
    private static let variable = "NOTIFY_SOCKET"
    /// Bytes of sun_path (man 7 unix).
    private static let longestName = 108

    /// Reads NOTIFY_SOCKET.
    ///
    /// - Parameter removing: Whether to remove the variable, so that no child process inherits it.
    ///   Only before a second thread starts.
    package static func fromEnvironment(removing: Bool = false) -> ServiceNotifier {
        let notifier = ServiceNotifier(socket: Environment[variable])
        if removing { Environment.remove(variable) }
        return notifier
    }

    /// A notifier for the socket of that name: an absolute path, or `@` and an abstract name. Any
    /// other name counts as none (as `vsock:`, which is for virtual machines).
    package init(socket name: String?) {
        guard let name, name.utf8.count > 1, !name.utf8.contains(0) else {
            self.name = nil
            return
        }
        var bytes = Array(name.utf8)
        let isAbstract = bytes[0] == UInt8(ascii: "@")
        // A path ends in a zero byte, an abstract name begins with one.
        if isAbstract { bytes[0] = 0 } else { bytes.append(0) }
        let isUsable = isAbstract || name.hasPrefix("/")
        self.name = isUsable && bytes.count <= ServiceNotifier.longestName ? bytes : nil
    }

    /// Whether a service manager listens.
    package var isActive: Bool { name != nil }

    /// The service is ready: it has started, or it has ended a reload, successful or not.
    @discardableResult
    package func ready(status: String) -> SystemError? {
        send(["READY=1", ServiceNotifier.line(status)])
    }

    /// A reload begins; ``ready(status:)`` ends it.
    @discardableResult
    package func reloading() -> SystemError? {
        send(["RELOADING=1", "MONOTONIC_USEC=\(clinux_monotonic() / 1000)"])
    }

    /// The service begins to stop.
    @discardableResult
    package func stopping() -> SystemError? { send(["STOPPING=1"]) }

    /// Another process is the service from now on. Needs `NotifyAccess=all` where it isn't the
    /// present main process that says so.
    @discardableResult
    package func mainProcess(_ process: Int32) -> SystemError? { send(["MAINPID=\(process)"]) }

    /// A line for people, which `systemctl status` shows.
    @discardableResult
    package func status(_ text: String) -> SystemError? { send([ServiceNotifier.line(text)]) }

    private static func line(_ status: String) -> String {
        "STATUS=" + status.split { $0.isNewline }.joined(separator: " ")
    }

    /// Sends the lines in one datagram. Returns why it could not; nil where it could, or where
    /// nobody listens.
    private func send(_ lines: [String]) -> SystemError? {
        guard let name else { return nil }
        do throws(SystemError) {
            let type = CInt(SOCK_DGRAM.rawValue)
            let number = try SystemError.check(clinux_socket(AF_UNIX, type, 0), "socket")
            let socket = FileDescriptor(owning: number)
            let message = Array(lines.joined(separator: "\n").utf8)
            for attempt in 0..<ServiceNotifier.sendAttempts {
                // Linux has no way to wait for room in the queue of an unconnected socket.
                if attempt > 0 { usleep(1000) }
                let result = ServiceNotifier.send(message, to: name, over: socket)
                if result >= 0 { return nil }
                guard result == -EAGAIN || result == -EINTR else {
                    throw SystemError(call: "sendto", code: -result)
                }
            }
            throw SystemError(call: "sendto", code: EAGAIN)
        } catch {
            return error
        }
    }

    private static func send(
        _ message: [UInt8], to name: [UInt8], over socket: borrowing FileDescriptor
    ) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the name has at most as many bytes as sun_path.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        // A zero at the end of a path does not count, one at the start of a name does.
        let size = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let number = socket.number
        // SAFETY: a sockaddr_un is a sockaddr (man 7 unix); both live during the call.
        return unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe message.withUnsafeBytes { message in
                    guard let base = message.baseAddress else { return 0 }
                    return CInt(
                        unsafe clinux_sendto(number, base, message.count, address, size))
                }
            }
        }
    }
}
