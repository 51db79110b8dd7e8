/// The new process, which takes the sockets.
///
/// The order: ``takeSockets()``, bind what was not given, ``announceReady(serving:)``, start to
/// accept, ``announceServing()``, ``receiveConnections(_:)``. Keep it, and so the channel, for as
/// long as the predecessor lives.
public struct Successor: ~Copyable, Sendable {
    /// How a hand-over ended for a new process that serves.
    public enum Ending: Hashable, Sendable {
        /// The predecessor accepts no more.
        case released
        /// The predecessor is gone without a word. Nobody else holds the sockets: serve.
        case predecessorGone
    }

    var channel: UpgradeChannel
    let limits: HandOverLimits
    private let program: String
    var step = HandOverStep.greeting
    var adoptedCount: UInt32 = 0

    /// Takes over `channel`. `program` is what the peer may log, with its version.
    public init(
        channel: consuming UpgradeChannel, program: String = "",
        limits: HandOverLimits = HandOverLimits()
    ) {
        self.channel = channel
        self.limits = limits
        self.program = program
    }

    /// Receives all sockets and confirms them. The predecessor still accepts.
    ///
    /// - Throws: `UpgradeError`; nothing was taken, and this process can't go on.
    public mutating func takeSockets() throws(UpgradeError) -> TakenSockets {
        do {
            return try take()
        } catch {
            let error = channel.explained(error)
            channel.refuse(error, during: step)
            throw error
        }
    }

    /// Says that this process could serve, and gives `serve` the predecessor's own connections,
    /// each for one service, until the predecessor approves. They must be served meanwhile.
    ///
    /// Waits at most ``HandOverLimits/probation``. Returns also when the predecessor is gone
    /// without a word: nobody else is left to serve, and ``announceServing()`` says so.
    ///
    /// - Throws: `UpgradeError` when the predecessor serves on: this process can't go on.
    public mutating func announceReady(
        serving serve: (SocketName, consuming Descriptor) -> Void
    ) throws(UpgradeError) {
        step = .probation
        do {
            try proveItself(serve)
        } catch {
            let error = channel.explained(error)
            if case .ended = error { return }
            channel.refuse(error, during: step)
            throw error
        }
    }

    /// Says that this process accepts connections, and waits until the predecessor lets go.
    ///
    /// - Throws: `UpgradeError` when the predecessor serves on: finish what was accepted, and end.
    public mutating func announceServing() throws(UpgradeError) -> Ending {
        step = .release
        do {
            let ending = try serve()
            step = .moving
            return ending
        } catch {
            channel.refuse(error, during: step)
            throw error
        }
    }

    /// Tells the predecessor why it must serve on: a listener that can't be bound, a failed probe.
    public consuming func giveUp(reason: String) {
        // Whether it arrives makes no difference: the predecessor sees the end, too.
        channel.refuse(reason: reason, during: step)
    }

    private mutating func take() throws(UpgradeError) -> TakenSockets {
        _ = try channel.greet(as: .taking, program: program, within: limits.greeting)
        step = .transfer
        let deadline = Deadline(in: limits.transfer)
        var taken = TakenSockets()
        while true {
            var received = try channel.receive(during: step, by: deadline)
            switch received.message {
            case .sockets(let names):
                taken.append(names, &received.descriptors)
                guard taken.count <= FormatLimits.sockets else {
                    throw .tooManySockets(taken.count)
                }
            case .endOfSockets(let count, let secrets):
                guard Int(count) == taken.count else {
                    throw .socketCount(expected: Int(count), found: taken.count)
                }
                taken.secrets = secrets
                step = .receipt
                try channel.send(.received(count: count), during: step, by: deadline)
                step = .preparation
                return taken
            case .refused(let reason): throw .refused(reason: reason)
            case let other: throw .unexpected(kind: other.kind.rawValue, during: step)
            }
        }
    }

    private mutating func proveItself(
        _ serve: (SocketName, consuming Descriptor) -> Void
    ) throws(UpgradeError) {
        let deadline = Deadline(in: limits.probation)
        try channel.send(.ready, during: step, by: deadline)
        while true {
            var received = try receiveProbe(by: deadline)
            switch received.message {
            case .probe(let service): serve(service, received.descriptors.take(at: 0))
            case .approved: return
            case .refused(let reason): throw .refused(reason: reason)
            case let other: throw .unexpected(kind: other.kind.rawValue, during: step)
            }
        }
    }

    private mutating func receiveProbe(
        by deadline: Deadline
    ) throws(UpgradeError) -> ReceivedMessage {
        do {
            return try channel.receive(during: step, by: deadline)
        } catch .ended {
            // An error is no proof that the predecessor is gone: the end comes again.
            return try channel.receive(during: step, by: .now)
        }
    }

    private mutating func serve() throws(UpgradeError) -> Ending {
        let deadline = Deadline(in: limits.release)
        do {
            try channel.send(.serving, during: step, by: deadline)
            return try ending(channel.receiveMessage(during: step, by: deadline))
        } catch .timedOut {
            return try finalAnswer(instead: .timedOut(step))
        } catch .system(let call, let code) {
            return try finalAnswer(instead: .system(call: call, code: code))
        } catch .ended {
            return try confirmedEnd()
        }
    }

    private func ending(_ answer: Message) throws(UpgradeError) -> Ending {
        guard case .released = answer else {
            throw .unexpected(kind: answer.kind.rawValue, during: step)
        }
        return .released
    }

    /// The answer that came although `error` kept us from it. To give up while the predecessor
    /// believes that we serve would leave nobody.
    private mutating func finalAnswer(
        instead error: UpgradeError
    ) throws(UpgradeError) -> Ending {
        // From here on the predecessor can't release us any more without noticing that it failed.
        // If it has just done so, that is here to be read.
        try channel.stopReceiving()
        do {
            return try ending(
                channel.receiveMessage(during: step, by: Deadline(in: .zero)))
        } catch .ended {
            throw error
        }
    }

    /// What a connection that seems to have ended has to say. An error of one direction is no proof
    /// that the predecessor is gone, and a refusal may be here to be read.
    private mutating func confirmedEnd() throws(UpgradeError) -> Ending {
        do {
            return try ending(
                channel.receiveMessage(during: step, by: Deadline(in: .zero)))
        } catch .ended {
            return .predecessorGone
        } catch .timedOut {
            return try finalAnswer(instead: .ended(step))
        }
    }
}
