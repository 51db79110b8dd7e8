import Synchronization

@testable import PingoraCore
@testable import PingoraLB

/// Has backends checked and writes down what it is told. From any thread.
final class RecordingReceiver: HealthReceiver {
    private let backends: Mutex<[Backend]>
    private let recorded = Mutex<[(backend: Backend, failure: HealthCheckFailure?)]>([])

    init(_ addresses: [SocketAddress]) {
        backends = Mutex(addresses.map { Backend($0) })
    }

    var backendsToCheck: [Backend] {
        get { backends.withLock { $0 } }
        set { backends.withLock { $0 = newValue } }
    }

    func checked(_ backend: Backend, _ failure: HealthCheckFailure?) -> Bool {
        recorded.withLock { $0.append((backend, failure)) }
        return failure == nil
    }

    var count: Int { recorded.withLock(\.count) }

    /// What has come of the checks of `address`, in order.
    func results(of address: SocketAddress) -> [HealthCheckFailure?] {
        recorded.withLock { $0.filter { $0.backend.address == address }.map(\.failure) }
    }

    /// The weights with which the backend at `address` was reported.
    func weights(of address: SocketAddress) -> [Int] {
        recorded.withLock { $0.filter { $0.backend.address == address }.map(\.backend.weight) }
    }
}
