import CLinux
import Glibc
import PingoraUpgrade
import Synchronization

/// The old process's way out of service, on a thread of its own: it gives its sockets to a
/// successor, tries it out, and then sends it every connection as soon as it can move.
///
/// Until the successor serves, nothing changes for clients; should it fail, never.
final class HandOver: Sendable {
    enum State: Sendable {
        /// The successor is expected, or prepares.
        case conversing
        /// The successor serves; connections move to it.
        case departing(successor: UInt32, until: MonotonicTime)
        /// Everything is over there.
        case left(successor: UInt32)
        /// There is no successor after all, for this reason.
        case servesOn(reason: String)
    }

    private let server: RunningServer
    private let options: UpgradeOptions
    private let limits: HandOverLimits
    private let current = Mutex(State.conversing)
    /// Connections on their way at once: the kernel counts descriptors in flight (man 7 unix,
    /// ETOOMANYREFS), and the successor has to keep up.
    private static let batch = 64
    /// So much time requests have to end here before they leave as well: most end in milliseconds,
    /// and what they need can't always move.
    private static let timeToEnd = TimeLimit.milliseconds(500)
    /// So long the sockets stay here as well, in case the successor dies at its first clients.
    private static let timeToProve = TimeLimit.milliseconds(200)
    /// How long the thread rests when nothing wants to move.
    private static let restMicroseconds: UInt32 = 5_000

    init(of server: RunningServer) {
        self.server = server
        options = server.options.upgrade
        limits = HandOverLimits(options)
    }

    var state: State { current.withLock { $0 } }

    /// Starts the thread.
    func start() {
        LoopThread.start(named: "hand-over") { [self] in
            let end = converse()
            current.withLock { $0 = end }
        }
    }

    private func converse() -> State {
        guard let path = options.socketPath else {
            return .servesOn(reason: "no upgrade_sock is configured")
        }
        do {
            log.info("waiting_for_successor", ("socket", path), ("wait", options.wait))
            let channel = try UpgradeChannel.connect(
                to: path, within: options.wait.duration)
            var predecessor = Predecessor(
                channel: channel, program: Server.program, limits: limits)
            return handOver(&predecessor)
        } catch {
            return .servesOn(reason: "\(error)")
        }
    }

    private func handOver(_ predecessor: inout Predecessor) -> State {
        let prober = Prober(limit: options.probation)
        let secrets = HandedSecrets(options.secrets?.exported() ?? [])
        let outcome = predecessor.handOver(server.namedSockets, secrets: secrets) { line in
            options.prover.flatMap { prover in prober.fault(by: prover, over: &line) }
        }
        guard case .successorServes(let process) = outcome else {
            return .servesOn(reason: outcome.description)
        }
        log.info("handed_over", ("successor", process))
        current.withLock { $0 = .departing(successor: process, until: server.lastMoment) }
        let departures = Departures(
            idleUntil: MonotonicTime.current.advanced(by: server.options.gracePeriod))
        server.depart(to: departures)
        if let lost = sendAll(departures, to: &predecessor) {
            server.comeBack(from: departures, with: lost)
            return .servesOn(reason: "the successor, process \(process), died")
        }
        return .left(successor: process)
    }

    /// Sends connections until none is left.
    ///
    /// - Returns: nil, or those that nobody took because the successor died.
    private func sendAll(
        _ departures: Departures, to successor: inout Predecessor
    ) -> [ConnectionInTransit]? {
        let departure = MonotonicTime.current.advanced(by: HandOver.timeToEnd)
        let earliest = MonotonicTime.current.advanced(by: HandOver.timeToProve)
        while true {
            if !departures.includesRequests, MonotonicTime.current >= departure {
                departures.includeRequests()
                server.onEachLoop { $0.wakeTasks() }
            }
            let batch = departures.take(atMost: HandOver.batch)
            if batch.isEmpty {
                // Our own predecessor may still send us what we then pass on.
                let isDone =
                    MonotonicTime.current >= earliest
                    && !server.hasPredecessor.load(ordering: .sequentiallyConsistent)
                    && server.connectionCount == 0 && departures.isEmpty
                guard successor.isSuccessorAlive() else { return [] }
                if isDone { break }
                usleep(HandOver.restMicroseconds)
                continue
            }
            let before = successor.adoptedCount
            do {
                try successor.move(batch.map { try $0.message() }, within: limits.move)
            } catch {
                log.error("move_failed", ("error", "\(error)"))
                return Array(batch.dropFirst(successor.adoptedCount - before))
            }
            departures.settle(batch.count)
        }
        log.info("connections_moved", ("count", successor.adoptedCount))
        successor.sayFarewell()
        return nil
    }
}
