import PingoraCore
import PingoraHTTP
import TestSupport

@testable import PingoraProxy

/// One exchange in the course of which connections move, and what became of it.
struct MovingRun {
    private(set) var complaints: [String] = []
    private(set) var log: [String] = []
    private(set) var turnCount = 0
    /// Connections that went from one process to another.
    private(set) var movedCount = 0

    /// What of the successors is not as in the first process.
    struct Successors {
        var options: ProxyOptions?
        var around: (() -> Void) -> Void = { $0() }
    }

    init(
        _ exchange: Exchange, _ moves: Moves, seed: UInt64, countsBytes: Bool = true,
        _ successors: Successors = Successors()
    ) {
        let book = LogBook()
        let logic = LoggingProxy(peer: exchange.peer, book: book, countsBytes: countsBytes)
        simulate(seed: seed) { kernel in
            let service = ProxyService(
                logic, listen: [SimulatedProxy.address],
                options: successors.options ?? exchange.options)
            let chain = try ProcessChain(moves, service, on: kernel)
            chain.aroundAdoption = successors.around
            let proxy = try SimulatedProxy(logic, on: kernel, options: exchange.options)
            chain.begin(in: proxy, callbacks: .logging)
            proxy.originScripts = exchange.origin
            for script in exchange.clients { try proxy.client(script) }
            proxy.run()
            (turnCount, movedCount) = (chain.turnCount, chain.movedCount)
            complaints += proxy.complaints
            chain.end()
            complaints += proxy.leaks() + chain.remains + chain.failures
            proxy.stop()
        }
        log = book.sorted
    }
}
