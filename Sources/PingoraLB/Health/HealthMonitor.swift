package import PingoraCore
import Synchronization

/// Whose backends are checked, and who is told what came of it. It is asked on the loop's thread.
package protocol HealthReceiver: AnyObject, Sendable {
    /// The backends as they are now; their addresses tell them apart.
    var backendsToCheck: [Backend] { get }

    /// A check has ended; `failure` is nil where it passed.
    ///
    /// - Returns: whether the backend counts as fit now, which decides when it is checked again.
    func checked(_ backend: Backend, _ failure: HealthCheckFailure?) -> Bool
}

/// Checks the backends of a receiver again and again.
///
/// It ends with the first of: ``stop()``, the end of the monitor, the end of the receiver, to which
/// it holds weakly. Checks that are under way then run to their end, at most for their timeout, and
/// nobody is told.
package final class HealthMonitor: Sendable {
    private let receiver: WeakReceiver
    private let wakes: AsyncStream<Void>.Continuation

    /// Begins to check, on `loop`. From any thread.
    package init(
        _ check: any HealthCheck, options: HealthCheckOptions, for receiver: any HealthReceiver,
        on loop: EventLoop
    ) {
        let weakReceiver = WeakReceiver(receiver)
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.receiver = weakReceiver
        wakes = continuation
        loop.execute {
            let rounds = CheckRounds(check, options, for: weakReceiver, on: loop)
            loop.spawn { await rounds.run() }
            loop.spawn { await rounds.wake(with: stream) }
        }
    }

    deinit { stop() }

    /// Looks at the receiver's backends again: new ones are checked at once. From any thread.
    package func backendsChanged() { wakes.yield() }

    /// Ends the checks. From any thread.
    package func stop() {
        receiver.forget()
        wakes.finish()
    }
}

/// A receiver for as long as somebody else holds it.
final class WeakReceiver: Sendable {
    private struct Reference {
        weak var receiver: (any HealthReceiver)?
    }

    private let reference: Mutex<Reference>

    init(_ receiver: any HealthReceiver) {
        reference = Mutex(Reference(receiver: receiver))
    }

    /// The receiver; nil when it has gone.
    var value: (any HealthReceiver)? { reference.withLock { $0.receiver } }

    func forget() { reference.withLock { $0.receiver = nil } }
}
