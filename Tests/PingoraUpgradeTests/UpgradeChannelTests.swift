import CLinux
import Glibc
import Testing

@testable import PingoraUpgrade

@Suite("UpgradeChannel")
struct UpgradeChannelTests {
    @Test("passes any number of descriptors, in order", arguments: [0, 1, 252, 253, 254, 1000])
    func passes(count: Int) throws {
        raiseFileLimit()
        let marked = (0..<3).map { _ in MarkedSocket() }
        let (ours, theirs) = makePair()
        let giver = BackgroundThread {
            let sockets = (0..<count).map { (name("socket \($0)"), marked[$0 % 3].number) }
            return give(sockets, over: ours)
        }
        do {
            var successor = Successor(channel: try makeChannel(theirs), limits: ample)
            var taken = try successor.takeSockets()
            #expect(taken.count == count)
            try successor.announceReady { _, _ in }
            #expect(try successor.announceServing() == .released)
            var claimed = 0
            for index in 0..<count {
                guard let descriptor = taken.claim(name("socket \(index)")) else { break }
                let own = MarkedSocket.target(of: marked[index % 3].number)
                #expect(MarkedSocket.target(of: descriptor.number) == own)
                #expect(fcntl(descriptor.number, F_GETFD) & FD_CLOEXEC != 0)
                var byte: UInt8 = 0
                #expect(send(descriptor.number, "x", 1, CInt(MSG_DONTWAIT)) == 1)
                #expect(recv(marked[index % 3].peer, &byte, 1, CInt(MSG_DONTWAIT)) == 1)
                claimed += 1
            }
            #expect(claimed == count)
            #expect(taken.names.isEmpty)
        }
        #expect(giver.value() == .successorServes(processID: UInt32(getpid())))
        #expect(marked.map(\.openCount) == [1, 1, 1])
    }

    @Test("passes listening sockets that accept after the original is closed")
    func listening() throws {
        let original = try listen()
        let port = try port(of: original)
        let (ours, theirs) = makePair()
        let giver = BackgroundThread {
            let outcome = give([(name("127.0.0.1:0"), original)], over: ours)
            close(original)
            return outcome
        }
        var successor = Successor(channel: try makeChannel(theirs), limits: ample)
        var taken = try successor.takeSockets()
        try successor.announceReady { _, _ in }
        #expect(try successor.announceServing() == .released)
        #expect(giver.value() == .successorServes(processID: UInt32(getpid())))
        guard let claimed = taken.claim(name("127.0.0.1:0")) else {
            Issue.record("the listener did not come")
            return
        }
        let listener = claimed.number
        let client = try connect(to: port)
        let accepted = accept(listener, nil, nil)
        #expect(accepted >= 0)
        close(accepted)
        close(client)
    }

    @Test("closes descriptors that nobody claims, and finds equal names one after the other")
    func unclaimed() throws {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        let giver = BackgroundThread {
            give([(name("a"), marked.number), (name("a"), marked.number)], over: ours)
        }
        do {
            var successor = Successor(channel: try makeChannel(theirs), limits: ample)
            var taken = try successor.takeSockets()
            let isFound = taken.claim(name("a")) != nil
            #expect(isFound)
            #expect(taken.names == [name("a")])
            let isOtherFound = taken.claim(name("A")) != nil
            #expect(!isOtherFound)
            successor.giveUp(reason: "no listener for a")
        }
        #expect(giver.value() == .successorGaveUp(reason: "no listener for a"))
        #expect(marked.openCount == 1)
    }

    /// Bytes of a batch of two names, and how many descriptors come with them.
    @Test("refuses and closes descriptors that were not announced", arguments: [0, 1, 3, 253])
    func surplus(count: Int) throws {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        var channel = try makeChannel(ours)
        channel.version = 1
        let bytes = MessageEncoder.bytes(of: .sockets([name("a"), name("b")]), version: 1)
        let rights = Array(repeating: marked.number, count: count)
        #expect(
            clinux_send_rights(theirs, bytes, bytes.count, rights, rights.count) == bytes.count)
        let error = FormatError(.descriptorCount(arrived: count, announced: 2), at: 12)
        #expect(throws: UpgradeError.malformed(error)) {
            _ = try channel.receive(during: .transfer, by: Deadline(in: .seconds(5))).message
        }
        #expect(marked.openCount == 1)
    }

    @Test("closes descriptors that came with a message of which the end is missing")
    func truncated() throws {
        let marked = MarkedSocket()
        let whole = MessageEncoder.bytes(of: .sockets([name("a")]), version: 1)
        for count in 1..<whole.count {
            let (ours, theirs) = makePair()
            var channel = try makeChannel(ours)
            channel.version = 1
            #expect(clinux_send_rights(theirs, whole, count, [marked.number], 1) == count)
            close(theirs)
            #expect(throws: UpgradeError.ended(.transfer)) {
                _ = try channel.receive(during: .transfer, by: Deadline(in: .seconds(5))).message
            }
        }
        #expect(marked.openCount == 1)
    }

    @Test("keeps the messages apart that arrive in one piece, with their descriptors")
    func adjacent() throws {
        let (first, second) = (MarkedSocket(), MarkedSocket())
        let (ours, theirs) = makePair()
        var sender = try makeChannel(theirs)
        var receiver = try makeChannel(ours)
        (sender.version, receiver.version) = (1, 1)
        let deadline = Deadline(in: .seconds(5))
        let batches = [[first.number], [second.number, first.number], [], [second.number]]
        for batch in batches {
            let names = batch.map { _ in name("x") }
            try sender.send(
                .sockets(names), descriptors: batch, during: .transfer, by: deadline)
        }
        for batch in batches {
            let received = try receiver.receive(during: .transfer, by: deadline)
            #expect(
                received.descriptors.numbers.map(MarkedSocket.target)
                    == batch.map(MarkedSocket.target))
        }
        #expect(first.openCount == 1)
        #expect(second.openCount == 1)
    }

    @Test("gives up at the deadline where the peer reads nothing")
    func full() throws {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        var channel = try makeChannel(ours)
        let deadline = Deadline(in: .milliseconds(30))
        let reason = Message.refused(reason: String(repeating: "a", count: 1024))
        #expect(throws: UpgradeError.timedOut(.greeting)) {
            while true { try channel.send(reason, during: .greeting, by: deadline) }
        }
    }

    @Test("lets a named user take part, besides root and its own")
    func namedUser() {
        let rule = PeerRule.sameUserOrRoot(or: 4711)
        #expect([0, geteuid(), 4711].allSatisfy(rule.allows))
        #expect(!rule.allows(4712))
        #expect(!PeerRule.sameUserOrRoot.allows(4711))
    }

    @Test(
        "talks only to root and its own user",
        arguments: [(true, nil), (false, UpgradeError.wrongUser(geteuid()))])
    func user(isAllowed: Bool, error: UpgradeError?) throws {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        var found: UpgradeError?
        do {
            _ = try UpgradeChannel(
                over: Descriptor(owning: ours), allowing: PeerRule { _ in isAllowed })
        } catch {
            found = error
        }
        #expect(found == error)
    }

    private func listen() throws -> CInt {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(Glibc.listen(listener, 8) == 0)
        return listener
    }
}

/// The port of a socket that is bound on the loopback interface or on all.
func port(of listener: CInt) throws -> UInt16 {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            getsockname(listener, $0, &size)
        }
    }
    try #require(result == 0)
    return UInt16(bigEndian: address.sin_port)
}

/// A blocking connection to a port of 127.0.0.1.
func connect(to port: UInt16) throws -> CInt {
    let client = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            Glibc.connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    try #require(result == 0)
    return client
}

/// The whole part of a predecessor.
func give(
    _ sockets: [(SocketName, CInt)], over number: CInt, limits: HandOverLimits = ample,
    secrets: HandedSecrets = HandedSecrets()
) -> HandOverOutcome {
    do {
        var predecessor = Predecessor(
            channel: try makeChannel(number), program: "test", limits: limits)
        return predecessor.handOver(
            sockets.map { (name: $0.0, descriptor: $0.1) }, secrets: secrets)
    } catch {
        return .failed(error)
    }
}

/// How a successor ended.
enum SuccessorOutcome: Hashable, Sendable {
    case released([SocketName])
    case predecessorGone([SocketName])
    case failed(UpgradeError)
}

/// The whole part of a successor.
func take(over number: CInt, limits: HandOverLimits = ample) -> SuccessorOutcome {
    do throws(UpgradeError) {
        var successor = Successor(channel: try makeChannel(number), limits: limits)
        let taken = try successor.takeSockets()
        try successor.announceReady { _, _ in }
        switch try successor.announceServing() {
        case .released: return .released(taken.names)
        case .predecessorGone: return .predecessorGone(taken.names)
        }
    } catch {
        return .failed(error)
    }
}
