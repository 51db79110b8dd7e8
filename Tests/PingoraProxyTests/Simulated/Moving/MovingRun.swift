import PingoraCore
import PingoraHTTP
import TestSupport

@testable import PingoraProxy

/// When the connections of a run move to another process, counted in turns of the loop.
struct Moves {
    /// Each begins a move to one more process.
    var turns: [Int]
    /// How many turns later requests leave as well; nil: never.
    var requestsAfter: Int? = 0
    /// How many turns later the connections come back, since nobody took them; nil: they are taken.
    var returnsAfter: Int?
}

/// One exchange in the course of which connections move, and what became of it.
struct MovingRun {
    private(set) var complaints: [String] = []
    private(set) var log: [String] = []
    private(set) var turnCount = 0
    /// Connections that went from one process to another.
    private(set) var movedCount = 0

    private let moves: Moves
    private let exchange: Exchange
    private let book = LogBook()
    private var processes: [SimulatedProcess<LoggingProxy>] = []

    init(_ exchange: Exchange, _ moves: Moves, seed: UInt64, countsBytes: Bool = true) {
        (self.exchange, self.moves) = (exchange, moves)
        let kernel = SimulatedKernel(seed: seed)
        let logic = LoggingProxy(peer: exchange.peer, book: book, countsBytes: countsBytes)
        do {
            try kernel.run { try run(logic, on: kernel) }
        } catch {
            complaints.append("\(error)")
        }
        log = book.sorted
    }

    private mutating func run(_ logic: LoggingProxy, on kernel: SimulatedKernel) throws {
        let service = ProxyService(
            logic, listen: [SimulatedProxy.address], options: exchange.options)
        let successors = try moves.turns.map { _ in try SimulatedProcess(service, on: kernel) }
        let proxy = try SimulatedProxy(logic, on: kernel, options: exchange.options)
        guard let worker = proxy.worker as? ProxyWorker<LoggingProxy> else { return }
        processes = [SimulatedProcess(of: proxy, running: worker)] + successors
        // What a worker learns from its first requests.
        for process in processes { process.worker.memory.callbacks = .logging }
        proxy.originScripts = exchange.origin
        for script in exchange.clients { try proxy.client(script) }
        proxy.around = { [kernel, first = processes[0]] turn in
            // Nobody's deadline is missed by more than this; what is held back is so for no time.
            let step: Int64 = first.isHolding ? 0 : 500_000_000
            kernel.alarm = min(kernel.alarm, kernel.now + step)
            first.loop.adoptThread()
            turn()
        }
        let end = kernel.now + 300_000_000_000
        while kernel.now < end, !proxy.isFinished {
            try move()
            proxy.turn(until: end)
            try settle()
            turnCount += 1
        }
        complaints += proxy.complaints
        if moves.returnsAfter != nil { processes[0].comeBack() }
        // Whoever still waits for a turn of its own leaves first.
        for _ in 0..<8 {
            for client in proxy.clients + proxy.originPeers { client.endpoint.close() }
            try settle()
            proxy.calm()
        }
        for _ in 0..<12 {
            proxy.turn(until: kernel.now + 500_000_000)
            try settle()
        }
        complaints += proxy.leaks()
        for process in processes { complaints += process.remains }
        proxy.stop()
    }

    /// Begins what is to begin in this turn.
    private mutating func move() throws {
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
    private mutating func settle() throws {
        for (index, process) in processes.enumerated().dropLast() where moves.returnsAfter == nil {
            let departed = try process.takeDeparted()
            movedCount += departed.count
            processes[index + 1].adopt(departed)
            processes[index + 1].runUntilQuiet()
        }
    }
}
