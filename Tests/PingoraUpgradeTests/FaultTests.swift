import CLinux
import Glibc
import TestSupport
import Testing

@testable import PingoraUpgrade

@Suite("A hand-over in which a system call fails")
struct FaultTests {
    /// How both sides ended, which calls the one with the faulty kernel made, and what it leaked.
    struct Result: Sendable {
        let predecessor: HandOverOutcome
        let successor: SuccessorOutcome
        let calls: [String]
        let leaked: Set<CInt>
        /// Connections that the predecessor knows to be the successor's, and that it took.
        let moved: Int
        let adopted: Int

        var isHandedOver: Bool {
            if case .successorServes = predecessor { true } else { false }
        }
        var isSuccessorServing: Bool {
            if case .failed = successor { false } else { true }
        }
    }

    enum Side: Sendable, CaseIterable { case predecessor, successor }

    @Test("works when all is well, in pieces of any size", arguments: [1, 2, 15, 16, 17, .max])
    func pieces(size: Int) {
        for side in Side.allCases {
            let result = run(side, FailingKernel(pieceSize: size))
            #expect(result.isHandedOver)
            #expect(result.successor == .released([name("a"), name("b")]))
            #expect(result.leaked.isEmpty)
            #expect((result.moved, result.adopted) == (3, 3))
        }
    }

    @Test("leaks nothing, and both sides know the same", arguments: Side.allCases)
    func anyCall(side: Side) {
        let calls = run(side, FailingKernel()).calls
        #expect(calls.count > 10)
        // A few more, since a call that fails may be followed by others.
        for index in 0..<calls.count + 4 {
            let call = index < calls.count ? calls[index] : "receiveRights"
            for code in PlausibleFaults.of(call) {
                let result = run(side, failing(after: index, code))
                let fault = Comment(rawValue: "\(call) at \(index): \(code), \(result)")
                #expect(result.leaked.isEmpty, fault)
                #expect(result.isHandedOver == result.isSuccessorServing, fault)
                #expect(result.moved == result.adopted, fault)
            }
        }
    }

    @Test(
        "does not make a successor give up that was released",
        arguments: [EAGAIN, EINTR, ENOMEM, ECONNRESET])
    func released(code: CInt) {
        // Whatever keeps it from reading, the release is there already.
        let clean = FailingKernel()
        #expect(takeFromReleasing(clean) == .released([]))
        let last = clean.calls.lastIndex(of: "receiveRights") ?? -1
        #expect(takeFromReleasing(failing(after: last, code)) == .released([]))
    }

    private func failing(after others: Int, _ code: CInt) -> FailingKernel {
        let kernel = FailingKernel()
        kernel.failCall(after: others, with: code)
        return kernel
    }

    private func takeFromReleasing(_ failing: FailingKernel) -> SuccessorOutcome {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        let hello = Hello(lowestVersion: 1, highestVersion: 1, processID: 7, role: .giving)
        writeAll(theirs, MessageEncoder.bytes(of: .hello(hello), version: 0))
        writeAll(theirs, MessageEncoder.bytes(of: .endOfSockets(count: 0), version: 1))
        writeAll(theirs, MessageEncoder.bytes(of: .approved, version: 1))
        writeAll(theirs, MessageEncoder.bytes(of: .released, version: 1))
        return failing.run { take(over: ours) }
    }

    @Test("leaks neither descriptor nor file where the processes meet")
    func meeting() throws {
        let path = makePath("faults")
        let clean = meet(path, FailingKernel())
        #expect(clean.error == nil)
        for (index, call) in clean.calls.enumerated() {
            for code in PlausibleFaults.of(call) {
                let result = meet(path, failing(after: index, code))
                let fault = Comment(rawValue: "\(call) at \(index): \(code)")
                #expect(result.leaked.isEmpty, fault)
                remove(path)
            }
        }
    }

    private func run(_ side: Side, _ failing: FailingKernel) -> Result {
        let (ours, theirs) = makePair()
        let marked = MarkedSocket()
        let sockets = [(name("a"), marked.number), (name("b"), marked.number)]
        var limits = ample
        // A call that seems to block is not followed by a long wait.
        limits.release = .seconds(2)
        switch side {
        case .predecessor:
            let other = BackgroundThread { [limits] in takeAll(over: theirs, limits: limits) }
            let given = failing.run { giveAll(sockets, marked, over: ours, limits: limits) }
            let taken = other.value()
            return Result(
                predecessor: given.outcome, successor: taken.outcome, calls: failing.calls,
                leaked: failing.open, moved: given.moved, adopted: taken.adopted)
        case .successor:
            let other = BackgroundThread { [limits] in
                giveAll(sockets, marked, over: theirs, limits: limits)
            }
            let taken = failing.run { takeAll(over: ours, limits: limits) }
            let given = other.value()
            return Result(
                predecessor: given.outcome, successor: taken.outcome, calls: failing.calls,
                leaked: failing.open, moved: given.moved, adopted: taken.adopted)
        }
    }

    /// The whole part of a predecessor that probes and moves three connections.
    private func giveAll(
        _ sockets: [(SocketName, CInt)], _ marked: MarkedSocket, over number: CInt,
        limits: HandOverLimits
    ) -> (outcome: HandOverOutcome, moved: Int) {
        do {
            var predecessor = Predecessor(channel: try makeChannel(number), limits: limits)
            let outcome = predecessor.handOver(
                sockets.map { (name: $0.0, descriptor: $0.1) },
                proving: { answer(&$0, name("a")) == "a" ? nil : "no answer" })
            guard case .successorServes = outcome else { return (outcome, 0) }
            let client = MovingConnection.client(sampleClient, descriptor: marked.number)
            let tunnel = MovingConnection.tunnel(
                sampleTunnel, client: marked.number, server: marked.number)
            try? predecessor.move([client, tunnel])
            try? predecessor.move([client])
            predecessor.sayFarewell()
            return (outcome, predecessor.adoptedCount)
        } catch {
            return (.failed(error), 0)
        }
    }

    /// The whole part of a successor that takes connections, too.
    private func takeAll(
        over number: CInt, limits: HandOverLimits
    ) -> (outcome: SuccessorOutcome, adopted: Int) {
        do throws(UpgradeError) {
            var successor = Successor(channel: try makeChannel(number), limits: limits)
            let taken = try successor.takeSockets()
            try successor.announceReady { service, connection in
                writeAll(connection.number, service.bytes)
            }
            guard try successor.announceServing() == .released else {
                return (.predecessorGone(taken.names), 0)
            }
            var adopted = 0
            _ = successor.receiveConnections { _ in adopted += 1 }
            return (.released(taken.names), adopted)
        } catch {
            return (.failed(error), 0)
        }
    }

    /// Binds over a stale file, connects, accepts and goes away again.
    private func meet(
        _ path: String, _ failing: FailingKernel
    ) -> (error: UpgradeError?, calls: [String], leaked: Set<CInt>) {
        let stale = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        _ = (try? UpgradePath(path))?.withAddress { bind(stale, $0, $1) }
        close(stale)
        let error: UpgradeError? = failing.run {
            do throws(UpgradeError) {
                let listener = try UpgradeListener(binding: path, owner: (geteuid(), getegid()))
                let first = try UpgradeChannel.connect(to: path, within: .milliseconds(60))
                let second = try listener.accept(within: .milliseconds(60))
                _ = consume first
                _ = consume second
                return nil
            } catch {
                return error
            }
        }
        return (error, failing.calls, failing.open)
    }
}
