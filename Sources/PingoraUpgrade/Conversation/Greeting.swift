import Glibc

extension HandOverStep {
    /// Whether `refused` has a meaning here: until the predecessor has let go.
    var canRefuse: Bool { self != .moving }
}

extension UpgradeChannel {
    /// Both sides say who they are and agree on a version; returns what the peer said.
    mutating func greet(
        as role: Hello.Role, program: String, within limit: Duration
    ) throws(UpgradeError) -> Hello {
        let deadline = Deadline(in: limit)
        let ours = Hello(
            lowestVersion: ProtocolVersions.lowest, highestVersion: ProtocolVersions.highest,
            processID: UInt32(clamping: getpid()), role: role, program: program)
        try send(.hello(ours), during: .greeting, by: deadline)
        let theirs: Hello
        switch try receiveMessage(during: .greeting, by: deadline) {
        case .hello(let hello): theirs = hello
        case let other: throw .unexpected(kind: other.kind.rawValue, during: .greeting)
        }
        guard let version = ours.commonVersion(with: theirs) else {
            throw .otherVersion(lowest: theirs.lowestVersion, highest: theirs.highestVersion)
        }
        self.version = version
        guard theirs.role != role else { throw .sameRole }
        return theirs
    }

    /// Receives a message that brings no descriptors.
    ///
    /// - Throws: `UpgradeError.refused` when the peer gives up.
    mutating func receiveMessage(
        during step: HandOverStep, by deadline: Deadline
    ) throws(UpgradeError) -> Message {
        let message = try receive(during: step, by: deadline).message
        if case .refused(let reason) = message { throw .refused(reason: reason) }
        return message
    }

    /// The reason that the peer gave before it closed the connection, if that is what happened.
    mutating func explained(_ error: UpgradeError) -> UpgradeError {
        guard case .ended(let step) = error else { return error }
        do {
            _ = try receiveMessage(during: step, by: Deadline(in: .zero))
        } catch {
            if case .refused = error { return error }
        }
        return error
    }

    /// Says why we give up. Whether it arrives makes no difference: the peer sees the end, too.
    mutating func refuse(_ error: UpgradeError, during step: HandOverStep) {
        if case .refused = error { return }
        guard step.canRefuse else { return }
        refuse(reason: error.description, during: step)
    }

    mutating func refuse(reason: String, during step: HandOverStep) {
        try? send(.refused(reason: reason), during: step, by: Deadline(in: .seconds(1)))
    }
}
