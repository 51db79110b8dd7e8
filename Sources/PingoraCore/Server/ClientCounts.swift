import Synchronization

/// How many connections each client address has, for a limit on them. Clients on Unix sockets are
/// not told apart, and not counted.
///
/// Entries go with their last connection, so that memory is bounded by the open connections.
package final class ClientCounts: Sendable {
    private struct Host: Hashable {
        var high: UInt64
        var low: UInt64
    }

    private let counts = Mutex<[Host: Int]>([:])

    package init() {}

    /// Counts one more connection of `peer`, if it has fewer than `limit`.
    ///
    /// - Returns: what has to be kept for as long as the connection is open; nil beyond the limit.
    package func admit(_ peer: SocketAddress?, limit: Int) -> Admission? {
        guard let host = ClientCounts.host(of: peer) else { return Admission {} }
        let isAdmitted = counts.withLock { counts in
            let count = counts[host, default: 0]
            guard count < limit else { return false }
            counts[host] = count + 1
            return true
        }
        return isAdmitted ? Admission { [self] in release(host) } : nil
    }

    /// How many addresses have a connection.
    var hostCount: Int { counts.withLock { $0.count } }

    private func release(_ host: Host) {
        counts.withLock { counts in
            guard let count = counts[host] else { return }
            counts[host] = count > 1 ? count - 1 : nil
        }
    }

    /// Of IPv6 the first 64 bits: a single client has all of the rest to itself.
    private static func host(of peer: SocketAddress?) -> Host? {
        switch peer {
        case .ipv4(let host, _): Host(high: 0, low: UInt64(host))
        case .ipv6(let high, let low, _): Host(high: high, low: high == 0 ? low : 0)
        case .unix, nil: nil
        }
    }

    /// The right to one connection; it ends with the object.
    package final class Admission {
        private let end: () -> Void

        init(_ end: @escaping () -> Void) {
            self.end = end
        }

        deinit { end() }
    }
}
