import CLinux
import Glibc
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
            let result = run(side, FaultyKernel(pieceSize: size))
            #expect(result.isHandedOver)
            #expect(result.successor == .released([name("a"), name("b")]))
            #expect(result.leaked.isEmpty)
        }
    }

    @Test("leaks nothing, and both sides know the same", arguments: Side.allCases)
    func anyCall(side: Side) {
        let calls = run(side, FaultyKernel()).calls
        #expect(calls.count > 10)
        // A few more, since a call that fails may be followed by others.
        for index in 0..<calls.count + 4 {
            let call = index < calls.count ? calls[index] : "receive"
            for code in FaultyKernel.plausible(call) {
                let result = run(side, FaultyKernel(failing: index, code: code))
                let fault = Comment(rawValue: "\(call) at \(index): \(code), \(result)")
                #expect(result.leaked.isEmpty, fault)
                #expect(result.isHandedOver == result.isSuccessorServing, fault)
            }
        }
    }

    @Test(
        "does not make a successor give up that was released",
        arguments: [EAGAIN, EINTR, ENOMEM, ECONNRESET])
    func released(code: CInt) {
        // Whatever keeps it from reading, the release is there already.
        let clean = FaultyKernel()
        #expect(takeFromReleasing(clean) == .released([]))
        let last = clean.calls.lastIndex(of: "receive") ?? -1
        #expect(takeFromReleasing(FaultyKernel(failing: last, code: code)) == .released([]))
    }

    private func takeFromReleasing(_ faulty: FaultyKernel) -> SuccessorOutcome {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        let hello = Hello(lowestVersion: 1, highestVersion: 1, processID: 7, role: .giving)
        writeAll(theirs, MessageEncoder.bytes(of: .hello(hello), version: 0))
        writeAll(theirs, MessageEncoder.bytes(of: .endOfSockets(count: 0), version: 1))
        writeAll(theirs, MessageEncoder.bytes(of: .approved, version: 1))
        writeAll(theirs, MessageEncoder.bytes(of: .released, version: 1))
        return faulty.run { take(over: ours) }
    }

    @Test("leaks neither descriptor nor file where the processes meet")
    func meeting() throws {
        let path = makePath("faults")
        let clean = meet(path, FaultyKernel())
        #expect(clean.error == nil)
        for (index, call) in clean.calls.enumerated() {
            for code in FaultyKernel.plausible(call) {
                let result = meet(path, FaultyKernel(failing: index, code: code))
                let fault = Comment(rawValue: "\(call) at \(index): \(code)")
                #expect(result.leaked.isEmpty, fault)
                remove(path)
            }
        }
    }

    private func run(_ side: Side, _ faulty: FaultyKernel) -> Result {
        let (ours, theirs) = makePair()
        let marked = MarkedSocket()
        let sockets = [(name("a"), marked.number), (name("b"), marked.number)]
        var limits = ample
        // A call that seems to block is not followed by a long wait.
        limits.release = .seconds(2)
        switch side {
        case .predecessor:
            let other = BackgroundThread { [limits] in take(over: theirs, limits: limits) }
            let outcome = faulty.run { give(sockets, over: ours, limits: limits) }
            return Result(
                predecessor: outcome, successor: other.value(), calls: faulty.calls,
                leaked: faulty.open)
        case .successor:
            let other = BackgroundThread { [limits] in
                give(sockets, over: theirs, limits: limits)
            }
            let outcome = faulty.run { take(over: ours, limits: limits) }
            return Result(
                predecessor: other.value(), successor: outcome, calls: faulty.calls,
                leaked: faulty.open)
        }
    }

    /// Binds over a stale file, connects, accepts and goes away again.
    private func meet(
        _ path: String, _ faulty: FaultyKernel
    ) -> (error: UpgradeError?, calls: [String], leaked: Set<CInt>) {
        let stale = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        _ = (try? UpgradePath(path))?.withAddress { bind(stale, $0, $1) }
        close(stale)
        let error: UpgradeError? = faulty.run {
            do throws(UpgradeError) {
                let listener = try UpgradeListener(binding: path)
                let first = try UpgradeChannel.connect(to: path, within: .milliseconds(60))
                let second = try listener.accept(within: .milliseconds(60))
                _ = consume first
                _ = consume second
                return nil
            } catch {
                return error
            }
        }
        return (error, faulty.calls, faulty.open)
    }
}
