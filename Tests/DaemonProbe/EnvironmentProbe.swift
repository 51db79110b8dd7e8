import Glibc
import PingoraCore

/// What comes in variables, which a process reads once.
enum EnvironmentProbe {
    /// `activate ADDRESS...`: claims these addresses among the sockets that were passed.
    static func activate(_ addresses: [String]) {
        do {
            let sockets = try ActivatedSockets.fromEnvironment()
            for text in addresses {
                guard let address = SocketAddress(text) else { continue }
                guard let socket = sockets.claim(address) else {
                    print("missing \(text)")
                    continue
                }
                let flags = fcntl(socket.number, F_GETFD), status = fcntl(socket.number, F_GETFL)
                print(
                    "claimed \(text) cloexec=\(flags & FD_CLOEXEC != 0) "
                        + "nonblocking=\(status & O_NONBLOCK != 0)")
            }
            for address in sockets.unclaimed { print("unclaimed \(address)") }
            sockets.closeUnclaimed()
            print("open=\((3..<10).filter(isListening).count)")
        } catch {
            print(error)
        }
        let names: [String] = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
        let left = names.filter { getenv($0) != nil }
        print("variables=\(left.count)")
    }

    /// The test's own runner may leave other descriptors open.
    private static func isListening(_ number: CInt) -> Bool {
        var (value, size): (CInt, socklen_t) = (0, 4)
        return getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1
    }

    /// `notify`: says all that can be said, and whether the variable is there before and after.
    static func notify() {
        let kept = ServiceNotifier.fromEnvironment()
        print("active=\(kept.isActive) kept=\(getenv("NOTIFY_SOCKET") != nil)")
        kept.status("one\ntwo")
        let notifier = ServiceNotifier.fromEnvironment(removing: true)
        print("active=\(notifier.isActive) kept=\(getenv("NOTIFY_SOCKET") != nil)")
        notifier.ready(status: "serving")
        notifier.reloading()
        notifier.mainProcess(4711)
        notifier.stopping()
    }
}
