/// How a hand-over ended for the old process. In all cases but the first it serves on.
public enum HandOverOutcome: Hashable, Sendable {
    /// The successor serves and knows that it is on its own: stop accepting.
    case successorServes(processID: UInt32)
    /// The successor gives up, for the reason it gives.
    case successorGaveUp(reason: String)
    /// The successor did not answer the probes as it should.
    case successorFailed(reason: String)
    /// The successor died or closed the connection.
    case successorDied(during: HandOverStep)
    /// The successor said nothing in time.
    case successorSilent(during: HandOverStep)
    /// The successor speaks these versions of the protocol only.
    case otherVersion(lowest: UInt16, highest: UInt16)
    /// Something else: a broken protocol, or a system call that failed here.
    case failed(UpgradeError)

    init(_ error: UpgradeError) {
        self =
            switch error {
            case .refused(let reason): .successorGaveUp(reason: reason)
            case .ended(let step): .successorDied(during: step)
            case .timedOut(let step): .successorSilent(during: step)
            case .otherVersion(let lowest, let highest):
                .otherVersion(lowest: lowest, highest: highest)
            default: .failed(error)
            }
    }
}

extension HandOverOutcome: CustomStringConvertible {
    /// What happened, in lower case and without a full stop.
    public var description: String {
        switch self {
        case .successorServes(let process): "the successor, process \(process), serves"
        case .successorGaveUp(let reason): "the successor gave up: \(reason)"
        case .successorFailed(let reason): "the successor failed its probation: \(reason)"
        case .successorDied(let step): "the successor died or closed the connection during \(step)"
        case .successorSilent(let step): "the successor said nothing in time during \(step)"
        case .otherVersion(let lowest, let highest):
            "\(UpgradeError.otherVersion(lowest: lowest, highest: highest))"
        case .failed(let error): "\(error)"
        }
    }
}
