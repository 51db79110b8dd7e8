import TestSupport

@testable import PingoraCore
@testable import PingoraProxy

/// When connections move to another process, counted in turns of the loop.
struct Moves {
    /// Each begins a move to one more process.
    var turns: [Int]
    /// How many turns later requests leave as well; nil: never.
    var requestsAfter: Int? = 0
    /// How many turns later the connections come back, since nobody took them; nil: they are taken.
    var returnsAfter: Int?
}

/// A row of processes, each of which takes over from the one before, on one simulated kernel.
final class ProcessChain<Logic: ProxyHttp> {
    private let kernel: SimulatedKernel
    private let moves: Moves
    private let successors: [SimulatedProcess<Logic>]
    private var processes: [SimulatedProcess<Logic>] = []
    private(set) var turnCount = 0
    /// Connections that went from one process to another.
    private(set) var movedCount = 0
    private(set) var failures: [String] = []
    /// What the connections of the successors have held, looked at after each turn.
    private var memory = HeldMemory()
    /// Runs each adoption, so that a test can put a kernel around it.
    var aroundAdoption: (() -> Void) -> Void = { $0() }

    /// Makes the successors; the first process comes with ``begin(in:)``. Its descriptors count as
    /// idle ones of a proxy that is made later.
    init(_ moves: Moves, _ service: ProxyService<Logic>, on kernel: SimulatedKernel) throws {
        (self.moves, self.kernel) = (moves, kernel)
        successors = try moves.turns.map { _ in try SimulatedProcess(service, on: kernel) }
    }

    /// Puts the chain around the turns of `proxy`. What a worker learns from its first requests is
    /// that it has no `callbacks` but these.
    func begin(in proxy: SimulatedProxy, callbacks: Callbacks) {
        guard let worker = proxy.worker as? ProxyWorker<Logic> else {
            return failures.append("a worker of another kind")
        }
        processes = [SimulatedProcess(of: proxy, running: worker)] + successors
        for process in processes { process.worker.memory.callbacks = callbacks }
        proxy.around = { [self] turn in
            do {
                try move()
                try sendAtOnce()
                limitTime()
                processes[0].loop.adoptThread()
                turn()
                try settle()
                for process in processes.dropFirst() { memory.check(process.loop) }
                turnCount += 1
            } catch {
                failures.append("\(error)")
            }
        }
    }

    /// No time passes between a departure and the arrival.
    private func sendAtOnce() throws {
        guard processes[0].isDeparting else { return }
        let alarm = kernel.alarm
        processes[0].runUntilQuiet()
        try settle()
        kernel.alarm = alarm
    }

    /// Nobody's deadline is missed by more than half a second, and what is held back by nobody
    /// taking it is so for no time.
    private func limitTime() {
        if processes[0].isHolding { kernel.alarm = min(kernel.alarm, kernel.now) }
        guard processes.dropFirst().contains(where: \.isBusy) else { return }
        kernel.alarm = min(kernel.alarm, kernel.now + 500_000_000)
    }

    /// Begins what is to begin in this turn.
    private func move() throws {
        for (index, turn) in moves.turns.enumerated() {
            let process = processes[index]
            if turn == turnCount { process.depart(includingRequests: moves.requestsAfter == 0) }
            if let later = moves.requestsAfter, later > 0, turn + later == turnCount {
                process.includeRequests()
            }
            if let later = moves.returnsAfter, turn + later == turnCount { process.comeBack() }
        }
    }

    /// Brings what has left to where it goes, and lets it go on there.
    private func settle() throws {
        guard moves.returnsAfter == nil else { return }
        for (process, next) in zip(processes, processes.dropFirst()) {
            let departed = try process.takeDeparted()
            movedCount += departed.count
            if !departed.isEmpty { aroundAdoption { next.adopt(departed) } }
            next.runUntilQuiet()
        }
    }

    /// Takes back what nobody took yet.
    func end() {
        if moves.returnsAfter != nil { processes.first?.comeBack() }
    }

    /// What is still held, or was when it should not be.
    var remains: [String] { processes.flatMap(\.remains) + memory.violations }
}
