import CLinux
import Glibc

/// What a program does when its server is told something by a signal.
public struct ServerEvents {
    /// Reads the configuration anew, for SIGHUP; nil: the signal is ignored. Where it throws,
    /// nothing changes. Of the options, how a server stops and hands over is followed; the rest
    /// stays for as long as the process does.
    public var reload: (() throws -> (services: [any Service], options: ServerOptions))?
    /// Opens the log files anew, for SIGUSR1; nil: the signal is ignored.
    public var reopenLogs: (() -> Void)?
    /// Told of each new phase, to pass it on to a supervisor.
    public var enter: ((ServerPhase) -> Void)?

    /// Events that nobody looks at.
    public init() {}
}

/// What a server is at.
public enum ServerPhase: Hashable, Sendable {
    case serving
    case reloading
    /// The configuration was applied, or was not, for this reason.
    case reloaded(failure: String?)
    case stopping
    /// Another process serves; connections move to it.
    case departing(successor: UInt32)
    /// There is no successor after all; where it had served already, it has died.
    case servingAgain
}

/// The life of a server from its start to its end, led by signals, on the thread that started it.
struct Lifecycle {
    private let server: RunningServer
    private let events: ServerEvents
    private var handOver: HandOver?
    /// A graceful stop was asked for during a hand-over that may still fail.
    private var wantsStop = false
    /// How often a hand-over, or a stop, is looked at.
    private static let lookMilliseconds: CInt = 5

    init(_ server: RunningServer, _ events: ServerEvents) {
        self.server = server
        self.events = events
    }

    mutating func run() {
        events.enter?(.serving)
        while true {
            let signal = clinux_wait_signal(handOver == nil ? -1 : Lifecycle.lookMilliseconds)
            switch signal {
            case 0: break
            case SIGINT: return stop(signal)
            case SIGTERM:
                if case .departing = handOver?.state {
                    log.warning("stopping", ("signal", signal), ("cut", server.connectionCount))
                    return end()
                }
                if handOver == nil { return drain(signal) }
                wantsStop = true
            case SIGQUIT: beginHandOver()
            case SIGHUP: reload()
            case SIGUSR1: events.reopenLogs?()
            default: log.info("signal_ignored", ("number", signal))
            }
            if lookAtHandOver() { return }
        }
    }

    private mutating func beginHandOver() {
        guard handOver == nil else { return log.info("hand_over_under_way") }
        let handOver = HandOver(of: server)
        self.handOver = handOver
        handOver.start()
    }

    /// - Returns: whether it all has ended.
    private mutating func lookAtHandOver() -> Bool {
        switch handOver?.state {
        case nil, .conversing: return false
        case .departing(let successor, let until):
            announce(successor)
            guard MonotonicTime.current > until else { return false }
            log.warning("grace_period_over", ("cut", server.connectionCount))
            end()
        case .left(let successor):
            announce(successor)
            end()
        case .servesOn(let reason):
            log.error("hand_over_failed", ("reason", reason), ("note", "this process serves on"))
            (handOver, hasAnnounced) = (nil, false)
            events.enter?(.servingAgain)
            guard wantsStop else { return false }
            drain(SIGTERM)
        }
        return true
    }

    private var hasAnnounced = false

    private mutating func announce(_ successor: UInt32) {
        if !hasAnnounced { events.enter?(.departing(successor: successor)) }
        hasAnnounced = true
    }

    /// Ends at once. What is in flight is cut.
    private func stop(_ signal: CInt) {
        log.info("stopping", ("signal", signal), ("graceful", false))
        events.enter?(.stopping)
        end()
    }

    /// Ends when the last connection is gone, a second signal comes or the time is over.
    private func drain(_ signal: CInt) {
        log.info("stopping", ("signal", signal), ("graceful", true))
        events.enter?(.stopping)
        server.drain()
        let deadline = server.lastMoment
        while server.connectionCount > 0 {
            let signal = clinux_wait_signal(Lifecycle.lookMilliseconds)
            guard signal != SIGINT, signal != SIGTERM, MonotonicTime.current < deadline else {
                log.warning("stopping", ("signal", signal), ("cut", server.connectionCount))
                break
            }
        }
        end()
    }

    private func end() {
        server.stop()
        log.info("stopped")
    }

    /// Where anything is wrong with the new configuration nothing changes.
    private func reload() {
        guard let read = events.reload else {
            return log.info("signal_ignored", ("number", SIGHUP))
        }
        guard handOver == nil else { return log.warning("reload_refused", ("reason", "hand-over")) }
        events.enter?(.reloading)
        do {
            let (services, options) = try read()
            try server.follow(services, options)
            log.info("reloaded")
            events.enter?(.reloaded(failure: nil))
        } catch {
            log.error("reload_failed", ("error", "\(error)"))
            events.enter?(.reloaded(failure: "\(error)"))
        }
    }
}

extension RunningServer {
    /// Serves until a signal ends it. Signals must have been blocked; see
    /// ``Server/blockSignals()``.
    ///
    /// - SIGINT ends at once.
    /// - SIGTERM ends when requests in flight are done, at the latest after the grace period; a
    ///   second one, or SIGINT, ends at once.
    /// - SIGQUIT hands over to a process that was started to take over, and serves on if none does.
    /// - SIGHUP reads the configuration anew, SIGUSR1 opens the logs anew.
    public func serveUntilSignal(_ events: ServerEvents = ServerEvents()) {
        var lifecycle = Lifecycle(self, events)
        lifecycle.run()
    }
}
