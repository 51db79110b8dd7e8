import Glibc

/// A port that refuses connections for as long as this lives: bound, but nobody listens.
final class ReservedPort {
    let port: UInt16
    private let number: CInt
    private var isReserved = true

    init() throws {
        number = try TCPSocket.bind(to: 0)
        port = TCPSocket.port(of: number)
    }

    /// Lets somebody listen there.
    func close() {
        guard isReserved else { return }
        isReserved = false
        Glibc.close(number)
    }

    deinit { close() }
}
