import Glibc
import Testing

@testable import PingoraUpgrade

@Suite("The conversation of a hand-over")
struct ConversationTests {
    private static let theirHello = Hello(
        lowestVersion: 1, highestVersion: 1, processID: 7, role: .taking)
    private static let greeting = MessageEncoder.bytes(of: .hello(theirHello), version: 0)
    private static let count = UInt32(1)

    /// What a successor says before it dies or falls silent, and the step in which that is.
    static let successors: [([(Message, UInt16)], HandOverStep)] = [
        ([], .greeting),
        ([(.hello(theirHello), 0)], .receipt),
        ([(.hello(theirHello), 0), (.received(count: count), 1)], .preparation),
        ([(.hello(theirHello), 0), (.received(count: count), 1), (.ready, 1)], .serving),
    ]

    @Test("ends for the predecessor when the successor dies", arguments: successors)
    func successorDies(said: [(Message, UInt16)], step: HandOverStep) {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        for (message, version) in said {
            writeAll(theirs, MessageEncoder.bytes(of: message, version: version))
        }
        // Only its sending ends here: how far the predecessor gets must not depend on time.
        shutdown(theirs, CInt(SHUT_WR))
        defer { close(theirs) }
        let outcome = give([(name("a"), marked.number)], over: ours)
        #expect(outcome == .successorDied(during: step))
    }

    @Test("ends for the predecessor when the successor was killed", arguments: successors)
    func successorKilled(said: [(Message, UInt16)], step: HandOverStep) {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        for (message, version) in said {
            writeAll(theirs, MessageEncoder.bytes(of: message, version: version))
        }
        close(theirs)
        guard case .successorDied = give([(name("a"), marked.number)], over: ours) else {
            Issue.record("the predecessor does not know that its successor died")
            return
        }
        #expect(marked.openCount == 1)
    }

    @Test("ends for the predecessor when the successor falls silent", arguments: successors)
    func successorSilent(said: [(Message, UInt16)], step: HandOverStep) {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        for (message, version) in said {
            writeAll(theirs, MessageEncoder.bytes(of: message, version: version))
        }
        let outcome = give([], over: ours, limits: brief)
        guard said.count < 2 else {
            // The receipt of one socket, when none was sent.
            #expect(outcome == .failed(.socketCount(expected: 0, found: 1)))
            return
        }
        #expect(outcome == .successorSilent(during: step))
    }

    @Test("ends for the predecessor when the successor died before it was released")
    func diesBeforeRelease() {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        let predecessor = BackgroundThread { give([], over: ours) }
        writeAll(theirs, MessageEncoder.bytes(of: .hello(Self.theirHello), version: 0))
        writeAll(theirs, MessageEncoder.bytes(of: .received(count: 0), version: 1))
        writeAll(theirs, MessageEncoder.bytes(of: .ready, version: 1))
        _ = readMessage(theirs, version: 0)
        #expect(readMessage(theirs, version: 1) == .endOfSockets(count: 0))
        #expect(readMessage(theirs, version: 1) == .approved)
        // Nothing more can be sent to it, as after its death.
        shutdown(theirs, CInt(SHUT_RD))
        writeAll(theirs, MessageEncoder.bytes(of: .serving, version: 1))
        #expect(predecessor.value() == .successorDied(during: .release))
    }

    /// What a peer says at once, and what the predecessor makes of it.
    static let foreign: [([(Message, UInt16)], HandOverOutcome)] = [
        (
            [
                (
                    .hello(
                        Hello(lowestVersion: 2, highestVersion: 3, processID: 7, role: .taking)), 0
                )
            ], .otherVersion(lowest: 2, highest: 3)
        ),
        (
            [
                (
                    .hello(
                        Hello(lowestVersion: 1, highestVersion: 1, processID: 7, role: .giving)), 0
                )
            ], .failed(.sameRole)
        ),
        ([(.refused(reason: "busy"), 0)], .successorGaveUp(reason: "busy")),
        (
            [(.hello(theirHello), 0), (.refused(reason: "no port"), 1)],
            .successorGaveUp(reason: "no port")
        ),
        (
            [(.hello(theirHello), 0), (.received(count: 0), 1), (.refused(reason: "probe"), 1)],
            .successorGaveUp(reason: "probe")
        ),
        (
            [(.hello(theirHello), 0), (.serving, 1)],
            .failed(.unexpected(kind: 5, during: .receipt))
        ),
        (
            [(.hello(theirHello), 0), (.received(count: 1), 1)],
            .failed(.socketCount(expected: 0, found: 1))
        ),
        (
            [(.hello(theirHello), 0), (.received(count: 0), 1), (.received(count: 0), 1)],
            .failed(.unexpected(kind: 4, during: .preparation))
        ),
        (
            [(.hello(theirHello), 0), (.received(count: 0), 2)],
            .failed(
                .malformed(FormatError(.wrongVersion(found: 2, expected: 1), at: 4)))
        ),
        (
            [(.hello(theirHello), 0), (.received(count: 0), 1), (.serving, 1)],
            .failed(.unexpected(kind: 5, during: .preparation))
        ),
        (
            [
                (.hello(theirHello), 0), (.received(count: 0), 1), (.ready, 1),
                (.refused(reason: "late"), 1),
            ], .successorGaveUp(reason: "late")
        ),
        (
            [(.hello(theirHello), 0), (.received(count: 0), 1), (.ready, 1), (.ready, 1)],
            .failed(.unexpected(kind: 16, during: .serving))
        ),
        (
            [(.hello(theirHello), 0), (.received(count: 0), 1), (.ready, 1), (.serving, 1)],
            .successorServes(processID: 7)
        ),
    ]

    @Test("is understood by the predecessor", arguments: foreign)
    func predecessor(said: [(Message, UInt16)], outcome: HandOverOutcome) {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        for (message, version) in said {
            writeAll(theirs, MessageEncoder.bytes(of: message, version: version))
        }
        #expect(give([], over: ours) == outcome)
    }

    @Test("does not begin to send more sockets than a successor would take")
    func tooMany() {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        writeAll(theirs, MessageEncoder.bytes(of: .hello(Self.theirHello), version: 0))
        let sockets = Array(repeating: (name("a"), CInt(0)), count: 65_537)
        #expect(give(sockets, over: ours) == .failed(.tooManySockets(65_537)))
    }

    @Test("ends for both when they play the same part")
    func sameRole() {
        let (ours, theirs) = makePair()
        let other = BackgroundThread { give([], over: theirs) }
        let outcomes = [give([], over: ours), other.value()]
        #expect(outcomes.contains(.failed(.sameRole)))
        #expect(!outcomes.contains { if case .successorServes = $0 { true } else { false } })
    }

    private static let giving = Hello(
        lowestVersion: 1, highestVersion: 9, processID: 7, role: .giving)

    /// What a predecessor says before it dies or falls silent, how a successor ends when it died,
    /// and how when it fell silent.
    static let predecessors: [([(Message, UInt16)], SuccessorOutcome, SuccessorOutcome)] = [
        ([], .failed(.ended(.greeting)), .failed(.timedOut(.greeting))),
        ([(.hello(giving), 0)], .failed(.ended(.transfer)), .failed(.timedOut(.transfer))),
        (
            [(.hello(giving), 0), (.sockets([]), 1)], .failed(.ended(.transfer)),
            .failed(.timedOut(.transfer))
        ),
        (
            [(.hello(giving), 0), (.endOfSockets(count: 0), 1)], .predecessorGone([]),
            .failed(.timedOut(.probation))
        ),
        (
            [(.hello(giving), 0), (.endOfSockets(count: 0), 1), (.approved, 1)],
            .predecessorGone([]), .failed(.timedOut(.release))
        ),
        (
            [(.hello(giving), 0), (.endOfSockets(count: 0), 1), (.refused(reason: "late"), 1)],
            .failed(.refused(reason: "late")), .failed(.refused(reason: "late"))
        ),
        (
            [(.hello(giving), 0), (.endOfSockets(count: 1), 1)],
            .failed(.socketCount(expected: 1, found: 0)),
            .failed(.socketCount(expected: 1, found: 0))
        ),
        (
            [(.hello(giving), 0), (.endOfSockets(count: 0), 1), (.released, 1)],
            .failed(.unexpected(kind: 6, during: .probation)),
            .failed(.unexpected(kind: 6, during: .probation))
        ),
        (
            [(.hello(giving), 0), (.endOfSockets(count: 0), 1), (.approved, 1), (.serving, 1)],
            .failed(.unexpected(kind: 5, during: .release)),
            .failed(.unexpected(kind: 5, during: .release))
        ),
        (
            [(.refused(reason: "no"), 0)], .failed(.refused(reason: "no")),
            .failed(.refused(reason: "no"))
        ),
        (
            [(.hello(giving), 0), (.endOfSockets(count: 0), 1), (.approved, 1), (.released, 1)],
            .released([]), .released([])
        ),
    ]

    @Test("is understood by the successor", arguments: predecessors)
    func successor(
        said: [(Message, UInt16)], whenDead: SuccessorOutcome, whenSilent: SuccessorOutcome
    ) {
        let messages = said.map { MessageEncoder.bytes(of: $0.0, version: $0.1) }
        do {
            let (ours, theirs) = makePair()
            defer { close(theirs) }
            for message in messages { writeAll(theirs, message) }
            shutdown(theirs, CInt(SHUT_WR))
            #expect(take(over: ours) == whenDead)
        }
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        for message in messages { writeAll(theirs, message) }
        #expect(take(over: ours, limits: brief) == whenSilent)
    }

    @Test("tells the peer why it failed")
    func reason() {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        writeAll(theirs, MessageEncoder.bytes(of: .hello(Self.theirHello), version: 0))
        writeAll(theirs, MessageEncoder.bytes(of: .serving, version: 1))
        _ = give([], over: ours)
        guard case .hello = readMessage(theirs, version: 0) else {
            Issue.record("no hello")
            return
        }
        #expect(readMessage(theirs, version: 1) == .endOfSockets(count: 0))
        #expect(
            readMessage(theirs, version: 1)
                == .refused(reason: "message of kind 5 during receipt"))
        #expect(readMessage(theirs, version: 1) == nil)
    }

    @Test("lets the successor take a release that comes at its deadline")
    func atomicRelease() throws {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        var channel = try makeChannel(ours)
        channel.version = 1
        writeAll(theirs, MessageEncoder.bytes(of: .released, version: 1))
        try channel.stopReceiving()
        // From here on the predecessor notices that it does not get through.
        #expect(send(theirs, "x", 1, CInt(MSG_NOSIGNAL)) == -1)
        #expect(errno == EPIPE)
        #expect(
            try channel.receiveMessage(during: .release, by: Deadline(in: .zero)) == .released)
    }

    @Test("shows the predecessor whether its successor is still there")
    func watching() throws {
        let (ours, theirs) = makePair()
        for (message, version) in [
            (Message.hello(Self.theirHello), UInt16(0)), (.received(count: 0), 1), (.ready, 1),
            (.serving, 1),
        ] {
            writeAll(theirs, MessageEncoder.bytes(of: message, version: version))
        }
        var predecessor = Predecessor(channel: try makeChannel(ours))
        let outcome = predecessor.handOver([])
        #expect(outcome == .successorServes(processID: 7))
        let before = predecessor.isSuccessorAlive()
        close(theirs)
        let after = predecessor.isSuccessorAlive()
        #expect((before, after) == (true, false))
    }
}
