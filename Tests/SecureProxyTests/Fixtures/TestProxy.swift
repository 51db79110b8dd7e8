import PingoraHTTP
import Synchronization
import TLSFixtures

@testable import PingoraCore
@testable import PingoraProxy

/// What the proxy's callbacks saw.
final class ProxyRecord: Sendable {
    struct Exchange: Sendable {
        var target = ""
        var isSecure = false
        var details: TransportDetails?
        var error: String?
        var isReused = false
        var tries = 0
    }

    private let exchanges = Mutex<[Exchange]>([])
    func note(_ exchange: Exchange) { exchanges.withLock { $0.append(exchange) } }
    var all: [Exchange] { exchanges.withLock { $0 } }
}

/// Sends each request where its path says, and tries the next peer where one can't be reached.
struct TestProxy: ProxyHttp {
    let record = ProxyRecord()
    /// By path; where none is named, the first.
    var peers: [String: [HTTPPeer]] = [:]
    let standard: HTTPPeer

    init(_ standard: HTTPPeer) { self.standard = standard }

    /// How many peers have failed.
    typealias Context = Int
    func makeContext() -> Int { 0 }

    private func choice(_ session: borrowing Session) -> [HTTPPeer] {
        peers[session.request.path] ?? [standard]
    }

    func upstreamPeer(_ session: borrowing Session, _ context: inout Int) throws -> HTTPPeer {
        let peers = choice(session)
        return peers[min(context, peers.count - 1)]
    }

    func failToConnect(
        _ session: borrowing Session, _ peer: HTTPPeer, _ error: ProxyError,
        _ context: inout Int
    ) -> ProxyError {
        context += 1
        guard context < choice(session).count else { return error }
        var error = error
        error.retry = .always
        return error
    }

    func logging(
        _ session: borrowing Session, _ error: ProxyError?, _ context: inout Int
    ) async {
        record.note(
            ProxyRecord.Exchange(
                target: session.request.target, isSecure: session.isSecure,
                details: session.transportDetails, error: error?.description,
                isReused: session.isUpstreamReused, tries: session.tries))
    }
}

/// A running server with a secure and a plain listener.
final class SecureProxy {
    let server: RunningServer
    let record: ProxyRecord

    init(
        _ logic: TestProxy, _ layer: any TransportLayer, options: ProxyOptions = ProxyOptions(),
        threads: Int = 1
    ) throws {
        record = logic.record
        let secure = SocketAddress.ipv4(0x7f00_0001, port: 0)
        let plain = SocketAddress.ipv4(0x7f00_0002, port: 0)
        let server = Server(ServerOptions(threads: threads))
        server.add(
            ProxyService(
                logic, listen: [secure, plain], options: options, layers: [secure: layer]))
        self.server = try server.start()
    }

    deinit { server.stop() }

    var address: SocketAddress { server.addresses[0] }
    var plainAddress: SocketAddress { server.addresses[1] }

    /// What has been logged, once there are `count` lines.
    func logged(_ count: Int, _ test: TestLoop) throws -> [ProxyRecord.Exchange] {
        guard test.wait(until: { record.all.count >= count }) else {
            throw FixtureError("\(record.all.count) exchanges")
        }
        return record.all
    }
}
