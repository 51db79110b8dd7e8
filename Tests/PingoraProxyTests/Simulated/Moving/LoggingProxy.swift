import PingoraCore
import PingoraHTTP
import Synchronization

@testable import PingoraProxy

/// The lines of a log, of all processes of a run.
final class LogBook: Sendable {
    private let lines = Mutex<[String]>([])

    func note(_ line: String) {
        lines.withLock { $0.append(line) }
    }

    /// In an order that does not depend on who was faster.
    var sorted: [String] { lines.withLock { $0.sorted() } }
}

/// Sends everything to one address, changes nothing and writes a line for each request.
struct LoggingProxy: ProxyHttp {
    var peer = HTTPPeer(SimulatedProxy.originAddress)
    let book: LogBook
    /// Whether the line says how many bytes passed.
    var countsBytes = true

    func upstreamPeer(_ session: borrowing Session, _ context: inout Void) -> HTTPPeer { peer }

    func logging(_ session: borrowing Session, _ error: ProxyError?, _ context: inout Void) {
        let status = session.responseStatus.map { "\($0)" } ?? "none"
        let bytes =
            countsBytes ? " \(session.requestBodyBytes) up \(session.responseBodyBytes) down" : ""
        let server = session.upstreamAddress.map { "\($0)" } ?? "-"
        book.note(
            "\(session.request.method) \(session.request.target) \(status)\(bytes) by \(server)"
                + " \(error == nil ? "ok" : "failed") after \(session.tries)")
    }
}
