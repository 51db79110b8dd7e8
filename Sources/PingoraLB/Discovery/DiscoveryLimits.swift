import PingoraCore

/// What discovery takes of a source, so that no source can fill the memory.
enum DiscoveryLimits {
    /// Backends of one source: a thousand, and some.
    static let backends = 1024
    /// Bytes of a file: 1 MiB, a thousand bytes for each backend.
    static let fileBytes = 1_048_576
    /// Bytes of an answer over HTTP: as many.
    static let bodyBytes = fileBytes
    /// Weights, as in the configuration file.
    static let weights = 0...65_535

    /// `backends`, if they are not too many.
    static func checked(_ backends: [Backend]) throws(DiscoveryError) -> [Backend] {
        guard backends.count <= DiscoveryLimits.backends else {
            throw DiscoveryError(
                "\(backends.count) backends, at most \(DiscoveryLimits.backends)")
        }
        return backends
    }
}

/// A backend as a source names it.
struct FoundBackend: Hashable, Sendable {
    let address: SocketAddress
    var weight = 1
    /// For use only when all others are down.
    var isBackup = false

    /// What the load balancer gets.
    var backend: Backend { Backend(address, weight: weight, isBackup: isBackup) }
}
