import CLinux
import Glibc
import TestSupport
import Testing

@testable import PingoraUpgrade

@Suite("Connections that arrive")
struct ArrivalTests {
    /// What a predecessor says after the release before it dies or falls silent, how the successor
    /// ends then, and how many connections it serves.
    private static let client = Message.client(sampleClient)
    private static let tunnel = Message.tunnel(sampleTunnel)
    static let predecessors: [([Message], MovingEnd, Int)] = [
        ([], .predecessorGone, 0),
        ([.farewell], .farewell, 0),
        ([client], .predecessorGone, 1),
        ([client, tunnel, .farewell], .farewell, 2),
        ([tunnel, .released], .failed(.unexpected(kind: 6, during: .moving)), 1),
        ([.adopted(count: 1)], .failed(.unexpected(kind: 22, during: .moving)), 0),
        ([.probe(service: name("a"))], .failed(.unexpected(kind: 17, during: .moving)), 0),
    ]

    @Test("are served once they are acknowledged", arguments: predecessors)
    func served(messages: [Message], end: MovingEnd, count: Int) {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        let successor = BackgroundThread { adoptAll(ours) }
        #expect(release(theirs))
        for message in messages {
            sendRights(theirs, message, marked)
            if message.kind == .client || message.kind == .tunnel {
                guard case .adopted = readMessage(theirs, version: 1) else {
                    Issue.record("no acknowledgement")
                    break
                }
            }
        }
        close(theirs)
        let adopted = successor.value()
        #expect(adopted.end == end)
        #expect(adopted.connections.count == count)
        #expect(marked.openCount == 1)
    }

    @Test("are closed where the predecessor takes no acknowledgement", arguments: [true, false])
    func takenBack(isDead: Bool) {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        let successor = BackgroundThread { adoptAll(ours) }
        #expect(release(theirs))
        if isDead {
            // A message of which the end is missing, so that the order does not depend on time.
            let whole = MessageEncoder.bytes(of: Self.client, version: 1)
            #expect(
                clinux_send_rights(theirs, whole, whole.count - 1, [marked.number], 1)
                    == whole.count - 1)
            close(theirs)
        } else {
            shutdown(theirs, CInt(SHUT_RD))
            sendRights(theirs, Self.client, marked)
        }
        let adopted = successor.value()
        #expect(adopted.connections.isEmpty)
        #expect(adopted.end == (isDead ? .predecessorGone : .failed(.ended(.moving))))
        #expect(marked.openCount == 1)
        if !isDead { close(theirs) }
    }

    @Test("are not waited for by a predecessor whose successor can't go on")
    func failure() throws {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        let successor = BackgroundThread { () -> MovingEnd in
            guard let channel = try? makeChannel(theirs) else { return .farewell }
            var successor = Successor(channel: channel, limits: ample)
            _ = try? successor.takeSockets().names
            try? successor.announceReady { _, _ in }
            _ = try? successor.announceServing()
            // No descriptor can be received any more.
            let kernel = FailingKernel()
            kernel.failCall(after: 0, with: ENOMEM)
            let end = kernel.run { successor.receiveConnections { _ in } }
            // The successor lives on, and so does its channel.
            _ = clinux_linux.poll(-1, 0, 200)
            return end
        }
        var predecessor = try released(ours)
        #expect(throws: UpgradeError.ended(.moving)) {
            try predecessor.move([.client(sampleClient, descriptor: marked.number)])
        }
        #expect(predecessor.adoptedCount == 0)
        let isAlive = predecessor.isSuccessorAlive()
        #expect(isAlive)
        #expect(successor.value() == .failed(.system(call: "recvmsg", code: ENOMEM)))
    }

    /// Plays a predecessor without sockets until it has released its successor.
    private func release(_ number: CInt) -> Bool {
        writeAll(number, MessageEncoder.bytes(of: .hello(givingHello), version: 0))
        for message in [Message.endOfSockets(count: 0), .approved, .released] {
            say(number, message)
        }
        let said = (0..<4).map { readMessage(number, version: $0 == 0 ? 0 : 1) }
        return said.dropFirst() == [.received(count: 0), .ready, .serving]
    }

    private func sendRights(_ number: CInt, _ message: Message, _ marked: MarkedSocket) {
        let bytes = MessageEncoder.bytes(of: message, version: 1)
        let rights = Array(repeating: marked.number, count: message.descriptorCount)
        #expect(
            clinux_send_rights(number, bytes, bytes.count, rights, rights.count) == bytes.count)
    }
}

/// A connection that came, and what its descriptors refer to.
struct Adopted: Hashable, Sendable {
    let message: Message
    let targets: [String?]

    init(_ message: Message, _ targets: [String?]) {
        self.message = message
        self.targets = targets
    }
}

/// What came to a successor, and how that ended.
struct AdoptedConnections: Hashable, Sendable {
    var connections: [Adopted] = []
    var end: MovingEnd?
}

/// The whole part of a successor that takes connections, too.
func adoptAll(_ number: CInt) -> AdoptedConnections {
    var adopted = AdoptedConnections()
    do throws(UpgradeError) {
        var successor = Successor(channel: try makeChannel(number), limits: ample)
        _ = try successor.takeSockets().names
        try successor.announceReady { service, connection in
            writeAll(connection.number, service.bytes)
        }
        _ = try successor.announceServing()
        adopted.end = successor.receiveConnections { arrived in
            adopted.connections.append(Adopted(arrived))
        }
    } catch {
        adopted.end = .failed(error)
    }
    return adopted
}

extension Adopted {
    init(_ arrived: consuming ArrivedConnection) {
        switch consume arrived {
        case .client(let client, let descriptor):
            self.init(.client(client), [MarkedSocket.target(of: descriptor.number)])
        case .tunnel(let tunnel, let client, let server):
            self.init(
                .tunnel(tunnel),
                [
                    MarkedSocket.target(of: client.number),
                    MarkedSocket.target(of: server.number),
                ])
        }
    }
}

/// A predecessor that has released its successor.
func released(_ number: CInt) throws -> Predecessor {
    var predecessor = Predecessor(channel: try makeChannel(number), limits: ample)
    let outcome = predecessor.handOver([])
    let isReleased = if case .successorServes = outcome { true } else { false }
    try #require(isReleased, "\(outcome)")
    return predecessor
}

/// Sends a message of version 1 as a scripted peer.
func say(_ number: CInt, _ message: Message) {
    writeAll(number, MessageEncoder.bytes(of: message, version: 1))
}

/// Sends what a successor says, whatever it is told.
func play(_ number: CInt, _ messages: [Message]) {
    writeAll(number, MessageEncoder.bytes(of: .hello(takingHello), version: 0))
    for message in messages { say(number, message) }
}

/// Reads the first messages of a predecessor: the hello and `count - 1` more.
func skip(_ number: CInt, _ count: Int) {
    for index in 0..<count { _ = readMessage(number, version: index == 0 ? 0 : 1) }
}

/// Reads a message as a scripted peer, and drops its descriptors.
func discard(_ number: CInt) {
    _ = readMessage(number, version: 1)
}
