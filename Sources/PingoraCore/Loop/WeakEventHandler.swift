/// Stands in a loop for a handler that could never end if the loop held on to it.
final class WeakEventHandler: EventHandler {
    private weak var handler: (any EventHandler)?

    init(_ handler: any EventHandler) { self.handler = handler }

    func ready(_ readiness: Readiness) { handler?.ready(readiness) }

    func deadlineReached() { handler?.deadlineReached() }
}
