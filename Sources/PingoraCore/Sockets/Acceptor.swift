import CLinux
import Glibc
import Synchronization

/// One loop's ear on a listener: it accepts, and spreads connections over the loops.
final class Acceptor: EventHandler {
    let listener: Listener
    private let loop: EventLoop
    private let siblings: [EventLoop]
    private let adopt: @Sendable (CInt, SocketAddress?, EventLoop) -> Void
    private var slot = 0
    private var isWatching = true

    /// How many are accepted before open connections get their turn again.
    private static let acceptsPerTurn = 64
    /// What a full backlog can hold on Debian: so many are accepted at the end.
    private static let acceptsAtEnd = 4096
    /// A loop keeps a new connection unless another has this many fewer: moving one costs a
    /// wake-up, a small difference costs nothing.
    private static let toleratedImbalance = 8
    /// How long to leave the listener alone when descriptors or memory have run out.
    private static let backoff = TimeLimit.milliseconds(100)

    /// Starts to accept. On the loop's thread, or before it runs.
    init(
        _ listener: Listener, on loop: EventLoop, among siblings: [EventLoop],
        adopt: @escaping @Sendable (CInt, SocketAddress?, EventLoop) -> Void
    ) throws(SystemError) {
        self.listener = listener
        self.loop = loop
        self.siblings = siblings
        self.adopt = adopt
        slot = try watch()
    }

    /// Accepts what has connected already, and nothing more; the listener stays open for its other
    /// owners.
    func stop() {
        guard isWatching else { return }
        accept(atMost: Acceptor.acceptsAtEnd)
        standBack()
    }

    /// Accepts nothing more: what has connected is for another process, which holds the same
    /// socket.
    func standBack() {
        guard isWatching else { return }
        isWatching = false
        loop.unwatch(listener.number)
        loop.deregister(slot)
    }

    /// Accepts again after ``standBack()``.
    func resume() {
        guard !isWatching else { return }
        isWatching = true
        watchOrRetry()
    }

    func ready(_ readiness: Readiness) { accept(atMost: Acceptor.acceptsPerTurn) }

    private func accept(atMost limit: Int) {
        for _ in 0..<limit {
            let number = listener.number
            let (result, peer) = unsafe SocketAddress.read { unsafe clinux_accept(number, $0, $1) }
            if result >= 0 {
                place(result, peer)
                continue
            }
            switch -result {
            case EAGAIN: return
            // The client left before we came, or a transient network error (man 2 accept).
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, EHOSTDOWN, ENETUNREACH, EHOSTUNREACH:
                continue
            default: return pause(-result)
            }
        }
    }

    func deadlineReached() {
        loop.deregister(slot)
        guard isWatching else { return }
        watchOrRetry()
    }

    private func watchOrRetry() {
        do {
            slot = try watch()
        } catch {
            log.error("accept_resume_failed", ("address", listener.address), ("error", error))
            slot = loop.register(timer: self)
            loop.setDeadline(slot, loop.now.advanced(by: Acceptor.backoff))
        }
    }

    private func watch() throws(SystemError) -> Int {
        try loop.register(
            listener.number, events: Readiness.sharedListener, handler: self)
    }

    /// EMFILE and the like: the pending connection would wake us again at once, so look away.
    private func pause(_ code: CInt) {
        let error = SystemError(call: "accept", code: code)
        log.limited.error("accept_failed", ("address", listener.address), ("error", error))
        loop.unwatch(listener.number)
        loop.deregister(slot)
        slot = loop.register(timer: self)
        loop.setDeadline(slot, loop.now.advanced(by: Acceptor.backoff))
    }

    private func place(_ number: CInt, _ peer: SocketAddress?) {
        let home = loop.connectionCount.load(ordering: .relaxed)
        var chosen = loop
        var fewest = home - Acceptor.toleratedImbalance
        for sibling in siblings where sibling !== loop {
            let count = sibling.connectionCount.load(ordering: .relaxed)
            guard count < fewest else { continue }
            (chosen, fewest) = (sibling, count)
        }
        guard chosen !== loop else { return adopt(number, peer, loop) }
        chosen.executeForConnection { [adopt, chosen] in adopt(number, peer, chosen) }
    }
}
