import CLinux
import Glibc
import Testing

@testable import PingoraUpgrade

@Suite("ProbeLine")
struct ProbeTests {
    @Test("lets the predecessor judge answers of the successor's services", arguments: [0, 1, 20])
    func judges(count: Int) {
        let (ours, theirs) = makePair()
        let successor = BackgroundThread { proveOnly(theirs) }
        let outcome = give(over: ours) { line in
            for index in 0..<count {
                let service = name("service \(index)")
                guard answer(&line, service) == "service \(index)" else { return "wrong answer" }
            }
            return line.isSuccessorAlive() ? nil : "gone"
        }
        #expect(outcome == .successorServes(processID: UInt32(getpid())))
        #expect(
            successor.value()
                == ProbedOutcome(
                    services: (0..<count).map { name("service \($0)") }, end: .released([])))
    }

    @Test("ends a hand-over in which the predecessor is not content")
    func fails() {
        let (ours, theirs) = makePair()
        let successor = BackgroundThread { proveOnly(theirs) }
        let outcome = give(over: ours) { line in
            answer(&line, name("a")) == "b" ? nil : "answered a"
        }
        #expect(outcome == .successorFailed(reason: "answered a"))
        #expect(
            successor.value()
                == ProbedOutcome(
                    services: [name("a")], end: .failed(.refused(reason: "answered a"))))
    }

    @Test("makes sockets that neither block nor stay open in other programs, at both ends")
    func flags() {
        let (ours, theirs) = makePair()
        let flags = BackgroundThread { () -> [Bool] in
            var found: [Bool] = []
            guard let channel = try? makeChannel(theirs) else { return [] }
            var successor = Successor(channel: channel, limits: ample)
            _ = try? successor.takeSockets().names
            try? successor.announceReady { _, connection in found = flagsOf(connection.number) }
            return found
        }
        var own: [Bool] = []
        _ = give(over: ours) { line in
            guard let connection = try? line.connect(to: name("a")) else { return "no line" }
            own = flagsOf(connection.number)
            return "enough"
        }
        #expect(own == [true, true])
        #expect(flags.value() == [true, true])
    }

    @Test("says when the successor is gone, and when the probation is over")
    func gone() {
        for isDead in [true, false] {
            let (ours, theirs) = makePair()
            for (message, version) in [
                (Message.hello(takingHello), UInt16(0)), (.received(count: 0), 1), (.ready, 1),
            ] {
                writeAll(theirs, MessageEncoder.bytes(of: message, version: version))
            }
            if isDead { close(theirs) }
            defer { if !isDead { close(theirs) } }
            var limits = ample
            limits.probation = .milliseconds(30)
            var found: UpgradeError?
            let outcome = give(over: ours, limits: limits) { line in
                do throws(UpgradeError) {
                    while true { _ = try line.connect(to: name("a")).number }
                } catch {
                    found = error
                    return "stopped"
                }
            }
            if isDead {
                // It is known from the greeting on, or only here.
                let isKnown = if case .successorDied = outcome { true } else { false }
                #expect(found == .ended(.probation) || isKnown)
            } else {
                #expect(found == .timedOut(.probation))
                #expect(outcome == .successorFailed(reason: "stopped"))
            }
        }
    }

    @Test("leaves a successor that is neither approved nor refused alone only for so long")
    func silence() {
        let (ours, theirs) = makePair()
        defer { close(theirs) }
        writeAll(theirs, MessageEncoder.bytes(of: .hello(givingHello), version: 0))
        writeAll(theirs, MessageEncoder.bytes(of: .endOfSockets(count: 0), version: 1))
        var limits = ample
        limits.probation = .milliseconds(20)
        #expect(take(over: ours, limits: limits) == .failed(.timedOut(.probation)))
        let said = (0..<4).map { readMessage(theirs, version: $0 == 0 ? 0 : 1) }
        #expect(
            said.dropFirst()
                == [
                    .received(count: 0), .ready,
                    .refused(reason: "no answer in time during probation"),
                ])
    }

    @Test("does not keep connections of a probe that failed on its way")
    func leaks() {
        let marked = MarkedSocket()
        let (ours, theirs) = makePair()
        writeAll(theirs, MessageEncoder.bytes(of: .hello(givingHello), version: 0))
        writeAll(theirs, MessageEncoder.bytes(of: .endOfSockets(count: 0), version: 1))
        // The predecessor dies in the middle of a probe.
        let probe = MessageEncoder.bytes(of: .probe(service: name("abc")), version: 1)
        #expect(
            clinux_send_rights(theirs, probe, probe.count - 1, [marked.number], 1)
                == probe.count - 1)
        shutdown(theirs, CInt(SHUT_WR))
        defer { close(theirs) }
        #expect(take(over: ours) == .predecessorGone([]))
        #expect(marked.openCount == 1)
    }
}

let takingHello = Hello(lowestVersion: 1, highestVersion: 1, processID: 7, role: .taking)
let givingHello = Hello(lowestVersion: 1, highestVersion: 1, processID: 7, role: .giving)

/// What a successor was probed for, and how it ended.
struct ProbedOutcome: Hashable, Sendable {
    var services: [SocketName] = []
    var end = SuccessorOutcome.failed(.sameRole)
}

/// The part of a successor whose services answer with their own name.
func proveOnly(_ number: CInt) -> ProbedOutcome {
    var outcome = ProbedOutcome()
    do throws(UpgradeError) {
        var successor = Successor(channel: try makeChannel(number), limits: ample)
        let taken = try successor.takeSockets()
        try successor.announceReady { service, connection in
            outcome.services.append(service)
            writeAll(connection.number, service.bytes)
        }
        switch try successor.announceServing() {
        case .released: outcome.end = .released(taken.names)
        case .predecessorGone: outcome.end = .predecessorGone(taken.names)
        }
    } catch {
        outcome.end = .failed(error)
    }
    return outcome
}

/// The part of a predecessor without sockets that probes.
func give(
    over number: CInt, limits: HandOverLimits = ample,
    proving prove: (inout ProbeLine) -> String?
) -> HandOverOutcome {
    do {
        var predecessor = Predecessor(channel: try makeChannel(number), limits: limits)
        return predecessor.handOver([], proving: prove)
    } catch {
        return .failed(error)
    }
}

/// All that a service says.
func answer(_ line: inout ProbeLine, _ service: SocketName) -> String? {
    guard let connection = try? line.connect(to: service) else { return nil }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 2048)
    while true {
        guard clinux_linux.poll(connection.number, POLLIN, 20_000) > 0 else { return nil }
        let count = recv(connection.number, &buffer, buffer.count, 0)
        guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
        bytes += buffer[..<count]
    }
}

private func flagsOf(_ number: CInt) -> [Bool] {
    [
        fcntl(number, F_GETFL) & O_NONBLOCK != 0,
        fcntl(number, F_GETFD) & FD_CLOEXEC != 0,
    ]
}
