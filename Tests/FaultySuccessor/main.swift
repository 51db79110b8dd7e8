// A build of a proxy that is no good: it takes over from `pingora-lb`, and fails on probation.
//
//     FaultySuccessor SOCKET ADDRESS crash|502|hang
import Glibc
import Pingora
import Synchronization

/// Fails as it was told to.
struct Faulty: ProxyHttp {
    enum Fault: String {
        /// The 50th request ends the process.
        case crash
        /// Every request is answered with 502.
        case badGateway = "502"
        /// No request is ever answered.
        case hang
    }

    private static let requests = Atomic<Int>(0)
    private static let crashAt = 50
    let fault: Fault

    func earlyRequestFilter(_ session: borrowing Session, _ context: inout Void) async throws {
        let count = Faulty.requests.add(1, ordering: .relaxed).newValue
        if fault == .crash, count == Faulty.crashAt { abort() }
        // The whole loop stands still, as with a build that waits for a lock.
        if fault == .hang { sleep(600) }
    }

    func requestFilter(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> Bool {
        let status: StatusCode = fault == .badGateway ? .badGateway : .ok
        try await session.respond(status, fields: [], body: "faulty\n")
        return true
    }

    func upstreamPeer(
        _ session: borrowing Session, _ context: inout Void
    ) async throws -> HTTPPeer {
        throw ProxyError.noHealthyUpstream
    }
}

let words = CommandLine.arguments
guard words.count == 4, let fault = Faulty.Fault(rawValue: words[3]) else {
    print("FaultySuccessor SOCKET ADDRESS crash|502|hang")
    exit(2)
}
var options = ServerOptions(threads: 2)
options.upgrade.socketPath = words[1]
options.upgrade.takesOver = true
options.upgrade.wait = .seconds(20)
options.gracefulShutdownTimeout = .seconds(1)
let server = Server(options)
// The name that the probes of `pingora-lb` ask for.
server.add(try ProxyService(Faulty(fault: fault), listen: words[2], name: "gateway"))
server.runForever()
