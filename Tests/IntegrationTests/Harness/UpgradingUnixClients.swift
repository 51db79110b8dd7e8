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
                    let answer = try client.get("/", isKept ? "" : "Connection: close\r\n")
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

    /// Connects at once or not at all.
    private static func connect(to path: String) throws -> RawConnection {
        let number = try UnixPeer.make(CInt(SOCK_STREAM.rawValue))
        let connection = RawConnection(owning: number)
        let result = UnixPeer.withAddress(path) { Glibc.connect(number, $0, $1) }
        guard result == 0 else { throw HarnessError("connect to \(path): errno \(errno)") }
        return connection
    }
}
