import Foundation
import Glibc
import Synchronization

/// Clients of a Unix socket, which the load check can't reach: one that keeps its connection and
/// one that makes a new one for each request.
final class UpgradingUnixClients: Sendable {
    private struct State {
        var answers = 0
        var failures: [String] = []
        var isStopping = false
        var threads = 0
    }

    private let state = Mutex(State())
    private static let pauseMicroseconds: UInt32 = 10_000

    /// Starts to send requests to the socket at `path`.
    init(at path: String) {
        for isKept in [true, false] {
            state.withLock { $0.threads += 1 }
            Thread.detachNewThread { [self] in
                run(path, isKept)
                state.withLock { $0.threads -= 1 }
            }
        }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func run(_ path: String, _ isKept: Bool) {
        while !isStopping {
            do {
                let client = try UpgradingUnixClients.connect(to: path)
                repeat {
                    let answer = try client.ask("/", isKept ? "" : "Connection: close\r\n")
                    guard answer.status == 200 else { throw HarnessError(answer.head) }
                    state.withLock { $0.answers += 1 }
                    usleep(UpgradingUnixClients.pauseMicroseconds)
                } while isKept && !isStopping
            } catch {
                state.withLock { $0.failures.append("kept: \(isKept), \(error)") }
            }
        }
    }

    /// Ends them, and returns what they saw.
    func finish() -> (answers: Int, failures: [String]) {
        state.withLock { $0.isStopping = true }
        _ = eventually { state.withLock { $0.threads == 0 } }
        return state.withLock { ($0.answers, $0.failures) }
    }

    private static func connect(to path: String) throws -> RawConnection {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(AF_UNIX, type, 0)
        guard number >= 0 else { throw HarnessError("socket: errno \(errno)") }
        let connection = RawConnection(owning: number)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            room.copyBytes(from: path.utf8.prefix(room.count - 1))
        }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw HarnessError("connect to \(path): errno \(errno)") }
        return connection
    }
}
