/// The old process, which gives its sockets away.
///
/// It decides: until it has sent `released`, it serves on, whatever happens to the successor.
/// After that it may ``move(_:within:)`` connections, and in the end ``sayFarewell()``.
public struct Predecessor: ~Copyable {
    /// How many connections the successor has acknowledged, in all calls of ``move(_:within:)``.
    /// After an error, just these are the successor's, and all others are still the caller's.
    public internal(set) var adoptedCount = 0

    var line: ProbeLine
    let limits: HandOverLimits
    var step = HandOverStep.greeting
    var canMove = true
    private let program: String

    /// Gives over `channel`. `program` is what the peer may log, with its version.
    public init(
        channel: consuming UpgradeChannel, program: String = "",
        limits: HandOverLimits = HandOverLimits()
    ) {
        line = ProbeLine(channel: channel)
        self.limits = limits
        self.program = program
    }

    /// Hands over copies of all `sockets`; they stay open here, and stay the caller's. A successor
    /// that knows of `secrets` takes them along.
    ///
    /// Once the successor is ready, `prove` may connect to it and judge what it answers. What it
    /// returns is the reason why the successor failed; nil approves it. It must return within
    /// ``HandOverLimits/probation``, or the successor gives up.
    ///
    /// Blocks for as long as the limits say. Call it once.
    public mutating func handOver(
        _ sockets: [(name: SocketName, descriptor: CInt)], secrets: HandedSecrets = HandedSecrets(),
        proving prove: (inout ProbeLine) -> String? = { _ in nil }
    ) -> HandOverOutcome {
        do {
            return try converse(sockets, secrets, prove)
        } catch {
            let error = line.channel.explained(error)
            line.channel.refuse(error, during: step)
            return HandOverOutcome(error)
        }
    }

    /// Whether the successor still holds its end of the channel, which it keeps open for as long
    /// as it serves. A predecessor that has not stopped yet can take over again where this is
    /// false.
    public borrowing func isSuccessorAlive() -> Bool { line.isSuccessorAlive() }

    private mutating func converse(
        _ sockets: [(name: SocketName, descriptor: CInt)], _ secrets: HandedSecrets,
        _ prove: (inout ProbeLine) -> String?
    ) throws(UpgradeError) -> HandOverOutcome {
        let successor = try give(sockets, secrets)
        step = .preparation
        try expect(.ready, by: Deadline(in: limits.preparation))

        step = .probation
        line.deadline = Deadline(in: limits.probation)
        if let reason = prove(&line) {
            line.channel.refuse(reason: reason, during: step)
            return .successorFailed(reason: reason)
        }
        try line.channel.send(.approved, during: step, by: line.deadline)

        step = .serving
        try expect(.serving, by: Deadline(in: limits.release))

        step = .release
        try line.channel.send(.released, during: step, by: Deadline(in: limits.release))
        step = .moving
        return .successorServes(processID: successor.processID)
    }

    /// Both sides hold the sockets afterwards; returns who the successor is.
    private mutating func give(
        _ sockets: [(name: SocketName, descriptor: CInt)], _ secrets: HandedSecrets
    ) throws(UpgradeError) -> Hello {
        let successor = try line.channel.greet(
            as: .giving, program: program, within: limits.greeting)
        guard sockets.count <= FormatLimits.sockets else { throw .tooManySockets(sockets.count) }

        step = .transfer
        let transfer = Deadline(in: limits.transfer)
        try sendAll(sockets, secrets, by: transfer)

        step = .receipt
        let receipt = try line.channel.receiveMessage(during: step, by: transfer)
        guard case .received(let count) = receipt else { throw unexpected(receipt) }
        guard Int(count) == sockets.count else {
            throw .socketCount(expected: sockets.count, found: Int(count))
        }
        return successor
    }

    private mutating func sendAll(
        _ sockets: [(name: SocketName, descriptor: CInt)], _ secrets: HandedSecrets,
        by deadline: Deadline
    ) throws(UpgradeError) {
        let size = FormatLimits.descriptorsPerMessage
        for start in stride(from: 0, to: sockets.count, by: size) {
            let batch = sockets[start..<min(start + size, sockets.count)]
            try line.channel.send(
                .sockets(batch.map(\.name)), descriptors: batch.map(\.descriptor),
                during: step, by: deadline)
        }
        try line.channel.send(
            .endOfSockets(count: UInt32(sockets.count), secrets: secrets), during: step,
            by: deadline)
    }

    private mutating func expect(
        _ message: Message, by deadline: Deadline
    ) throws(UpgradeError) {
        let found = try line.channel.receiveMessage(during: step, by: deadline)
        guard found == message else { throw unexpected(found) }
    }

    func unexpected(_ message: Message) -> UpgradeError {
        .unexpected(kind: message.kind.rawValue, during: step)
    }
}
