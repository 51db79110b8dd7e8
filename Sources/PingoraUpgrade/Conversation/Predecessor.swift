/// The old process, which gives its sockets away.
///
/// It decides: until it has sent `released`, it serves on, whatever happens to the successor.
public struct Predecessor: ~Copyable {
    private var channel: UpgradeChannel
    private let limits: HandOverLimits
    private let program: String
    private var step = HandOverStep.greeting

    /// Gives over `channel`. `program` is what the peer may log, with its version.
    public init(
        channel: consuming UpgradeChannel, program: String = "",
        limits: HandOverLimits = HandOverLimits()
    ) {
        self.channel = channel
        self.limits = limits
        self.program = program
    }

    /// Hands over copies of all `sockets`; they stay open here, and stay the caller's.
    ///
    /// Blocks for as long as the limits say. Call it once.
    public mutating func handOver(
        _ sockets: [(name: SocketName, descriptor: CInt)]
    ) -> HandOverOutcome {
        do {
            return .successorServes(processID: try converse(sockets))
        } catch {
            let error = channel.explained(error)
            channel.refuse(error, during: step)
            return HandOverOutcome(error)
        }
    }

    /// Whether the successor still holds its end of the channel, which it keeps open for as long
    /// as it serves. A predecessor that has not stopped yet can take over again where this is
    /// false.
    public borrowing func isSuccessorAlive() -> Bool { channel.isOpen() }

    private mutating func converse(
        _ sockets: [(name: SocketName, descriptor: CInt)]
    ) throws(UpgradeError) -> UInt32 {
        let successor = try channel.greet(
            as: .giving, program: program, within: limits.greeting)
        guard sockets.count <= FormatLimits.sockets else { throw .tooManySockets(sockets.count) }

        step = .transfer
        let transfer = Deadline(in: limits.transfer)
        try sendAll(sockets, by: transfer)

        step = .receipt
        let receipt = try channel.receiveMessage(during: step, by: transfer)
        guard case .received(let count) = receipt else { throw unexpected(receipt) }
        guard Int(count) == sockets.count else {
            throw .socketCount(expected: sockets.count, found: Int(count))
        }

        step = .probation
        let report = try channel.receiveMessage(
            during: step, by: Deadline(in: limits.probation))
        guard case .serving = report else { throw unexpected(report) }

        step = .release
        try channel.send(.released, during: step, by: Deadline(in: limits.release))
        return successor.processID
    }

    private mutating func sendAll(
        _ sockets: [(name: SocketName, descriptor: CInt)], by deadline: Deadline
    ) throws(UpgradeError) {
        let size = FormatLimits.descriptorsPerMessage
        for start in stride(from: 0, to: sockets.count, by: size) {
            let batch = sockets[start..<min(start + size, sockets.count)]
            try channel.send(
                .sockets(batch.map(\.name)), descriptors: batch.map(\.descriptor),
                during: step, by: deadline)
        }
        try channel.send(
            .endOfSockets(count: UInt32(sockets.count)), during: step, by: deadline)
    }

    private func unexpected(_ message: Message) -> UpgradeError {
        .unexpected(kind: message.kind.rawValue, during: step)
    }
}
