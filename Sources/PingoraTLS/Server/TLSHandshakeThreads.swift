import CTLS
import PingoraCore
import Synchronization

/// Threads that compute handshakes, so that the loops have time for open connections.
///
/// Worth it where the key is expensive. With 32 handshakes at once and both sides on one loop, one
/// thread made RSA-2048 cost 20 % more processor time, but the loop's longest turn 9 ms and not 47;
/// with P-256 it cost 8 % more and hardly shortened a turn (29 ms, then 22).
public final class TLSHandshakeThreads: Sendable {
    private let queue = HandshakeQueue()
    private let count: Int

    /// `count` threads, at least one. They end with this object.
    public init(count: Int) {
        self.count = max(1, count)
        for _ in 0..<self.count {
            LoopThread.start(named: "tls-handshake") { [queue] in queue.work() }
        }
    }

    deinit {
        for _ in 0..<count { queue.add(.end) }
    }

    /// Suspends the task while one of the threads goes on with a handshake.
    ///
    /// - Returns: the result of `ctls_handshake`, and the readiness it left.
    func step(_ stream: OpaquePointer, _ readiness: Readiness) async -> (CInt, Readiness) {
        // SAFETY: the caller keeps the stream, and leaves it alone until this returns.
        let address = Int(bitPattern: stream)
        return await unsafe withUnsafeContinuation { continuation in
            queue.add(
                .run {
                    var left = readiness.rawValue
                    let result =
                        unsafe OpaquePointer(bitPattern: address).map { stream in
                            unsafe ctls_handshake(stream, &left)
                        } ?? CInt(CTLS_FAILED)
                    unsafe continuation.resume(returning: (result, Readiness(rawValue: left)))
                })
        }
    }
}

/// What waits for a thread. A connection adds one step at a time, and connections are limited.
private final class HandshakeQueue: Sendable {
    enum Step: Sendable {
        case run(@Sendable () -> Void)
        case end
    }

    private let steps = Mutex<[Step]>([])
    private let arrivals = Semaphore()

    func add(_ step: Step) {
        steps.withLock { $0.append(step) }
        arrivals.signal()
    }

    func work() {
        while true {
            arrivals.wait()
            guard case .run(let body)? = steps.withLock({ $0.isEmpty ? nil : $0.removeFirst() })
            else { return }
            body()
        }
    }
}
