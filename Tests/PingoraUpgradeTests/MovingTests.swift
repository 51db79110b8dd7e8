import CLinux
import Glibc
import TestSupport
import Testing

@testable import PingoraUpgrade

@Suite("Connections that move")
struct MovingTests {
    @Test("arrive whole and in order", arguments: [0, 1, 63, 64, 65, 128, 129, 2000])
    func arrive(count: Int) throws {
        raiseFileLimit()
        let (first, second) = (MarkedSocket(), MarkedSocket())
        let (ours, theirs) = makePair()
        let connections = (0..<count).map { index -> MovingConnection in
            guard index % 2 == 0 else {
                return .tunnel(sampleTunnel, client: first.number, server: second.number)
            }
            var client = sampleClient
            client.requestCount = UInt32(index)
            return .client(client, descriptor: second.number)
        }
        let successor = BackgroundThread { adoptAll(theirs) }
        var predecessor = try released(ours)
        try predecessor.move(Array(connections.prefix(count / 2)))
        #expect(predecessor.adoptedCount == count / 2)
        try predecessor.move(Array(connections.dropFirst(count / 2)))
        #expect(predecessor.adoptedCount == count)
        predecessor.sayFarewell()
        let adopted = successor.value()
        #expect(adopted.end == .farewell)
        #expect(
            adopted.connections
                == connections.map { Adopted($0.message, $0.descriptors.map(MarkedSocket.target)) }
        )
        #expect((first.openCount, second.openCount) == (1, 1))
    }

    @Test("arrive as large as they may be, and no larger", arguments: [-1, 0, 1])
    func largest(beyond: Int) throws {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        let tunnel = try longestTunnel(beyond: beyond)
        let successor = BackgroundThread { adoptAll(theirs) }
        var predecessor = try released(ours)
        let small = MovingConnection.client(sampleClient, descriptor: marked.number)
        var found: UpgradeError?
        do throws(UpgradeError) {
            try predecessor.move([
                small, .tunnel(tunnel, client: marked.number, server: marked.number),
            ])
        } catch {
            found = error
        }
        let isSent = beyond <= 0
        #expect(found == (isSent ? nil : .tooManyHeldBytes(FormatLimits.heldBytes + 1)))
        // Nothing went over, so more can be moved.
        #expect(predecessor.adoptedCount == (isSent ? 2 : 0))
        try predecessor.move([small])
        predecessor.sayFarewell()
        let messages = successor.value().connections.map(\.message)
        #expect(
            messages
                == (isSent
                    ? [.client(sampleClient), .tunnel(tunnel), .client(sampleClient)]
                    : [.client(sampleClient)]))
    }

    /// How many of five clients a successor reads, and how many it acknowledges, before it dies.
    static let deaths = [(0, 0), (1, 0), (1, 1), (3, 1), (5, 0), (5, 4), (5, 5)]

    @Test("stay with the predecessor until they are acknowledged", arguments: deaths)
    func successorDies(read: Int, acknowledged: Int) throws {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        let successor = BackgroundThread {
            play(theirs, [.received(count: 0), .ready, .serving])
            skip(theirs, 4)
            for _ in 0..<read { discard(theirs) }
            for count in 0..<acknowledged { say(theirs, .adopted(count: UInt32(count + 1))) }
            close(theirs)
        }
        var predecessor = try released(ours)
        var isMoved = true
        do {
            try predecessor.move(
                Array(repeating: .client(sampleClient, descriptor: marked.number), count: 5))
        } catch {
            #expect(error == .ended(.moving))
            isMoved = false
        }
        successor.value()
        #expect(predecessor.adoptedCount == acknowledged)
        #expect(isMoved == (acknowledged == 5))
        #expect(marked.openCount == 1)
        // What the caller took back stays.
        if !isMoved {
            #expect(throws: UpgradeError.ended(.moving)) { try predecessor.move([]) }
        }
        let isAlive = predecessor.isSuccessorAlive()
        #expect(!isAlive)
    }

    @Test("are taken back from a successor that falls silent, which can't take them later")
    func silence() throws {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        play(theirs, [.received(count: 0), .ready, .serving])
        var predecessor = try released(ours)
        say(theirs, .adopted(count: 1))
        let client = MovingConnection.client(sampleClient, descriptor: marked.number)
        #expect(throws: UpgradeError.timedOut(.moving)) {
            try predecessor.move([client, client, client], within: .milliseconds(20))
        }
        #expect(predecessor.adoptedCount == 1)
        let late = MessageEncoder.bytes(of: .adopted(count: 2), version: 1)
        #expect(send(theirs, late, late.count, CInt(MSG_NOSIGNAL)) == -1)
        #expect(errno == EPIPE)
        // It is still seen, and can still be told that this process ends.
        let isAlive = predecessor.isSuccessorAlive()
        #expect(isAlive)
        predecessor.sayFarewell()
        skip(theirs, 4)
        for _ in 0..<3 { discard(theirs) }
        #expect(readMessage(theirs, version: 1) == .farewell)
        close(theirs)
        #expect(marked.openCount == 1)
    }

    @Test(
        "are counted although a call fails while they are counted",
        arguments: [EINTR, EAGAIN, ENOMEM, ECONNRESET])
    func lateFault(code: CInt) throws {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        play(theirs, [.received(count: 0), .ready, .serving])
        var predecessor = try released(ours)
        // Nothing gets through any more, but one acknowledgement is here.
        say(theirs, .adopted(count: 1))
        shutdown(theirs, CInt(SHUT_RD))
        let kernel = FailingKernel()
        kernel.failCall(after: 2, with: code)
        let client = MovingConnection.client(sampleClient, descriptor: marked.number)
        let error = kernel.run { () -> UpgradeError? in
            do throws(UpgradeError) {
                try predecessor.move([client, client])
                return nil
            } catch {
                return error
            }
        }
        #expect(error == .ended(.moving))
        #expect(kernel.calls.prefix(3) == ["sendRights", "shutdown", "receiveRights"])
        #expect(predecessor.adoptedCount == 1)
    }

    /// What a successor answers to two clients, what the predecessor makes of it, and how many the
    /// successor holds.
    static let answers: [([Message], UpgradeError?, Int)] = [
        ([.adopted(count: 2)], nil, 2),
        ([.adopted(count: 1), .adopted(count: 2)], nil, 2),
        ([.adopted(count: 0)], .adoptedCount(sent: 2, found: 0), 0),
        ([.adopted(count: 3)], .adoptedCount(sent: 2, found: 3), 0),
        ([.adopted(count: .max)], .adoptedCount(sent: 2, found: Int(UInt32.max)), 0),
        (
            [.adopted(count: 1), .adopted(count: 1)], .adoptedCount(sent: 2, found: 1), 1
        ),
        ([.adopted(count: 1), .serving], .unexpected(kind: 5, during: .moving), 1),
        ([.adopted(count: 1), .refused(reason: "no")], .refused(reason: "no"), 1),
    ]

    @Test("are counted with care", arguments: answers)
    func answer(answers: [Message], error: UpgradeError?, held: Int) throws {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        play(theirs, [.received(count: 0), .ready, .serving] + answers)
        var predecessor = try released(ours)
        var found: UpgradeError?
        do throws(UpgradeError) {
            let client = MovingConnection.client(sampleClient, descriptor: marked.number)
            try predecessor.move([client, client])
        } catch {
            found = error
        }
        #expect(found == error)
        #expect(predecessor.adoptedCount == held)
    }
}
