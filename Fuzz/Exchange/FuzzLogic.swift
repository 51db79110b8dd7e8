import PingoraCore
import PingoraHTTP
import PingoraProxy

/// Where a request goes: nowhere, where its target begins with `/dead`.
private func peer(_ session: borrowing Session, _ addresses: FuzzAddresses) -> HTTPPeer {
    let limit = TimeLimit.seconds(2)
    let timeouts = HTTPPeer.Timeouts(
        connect: limit, firstByte: limit, read: limit, write: limit, idle: .seconds(3))
    let isDead = session.request.target.hasPrefix("/dead")
    return HTTPPeer(isDead ? addresses.dead : addresses.origin, timeouts: timeouts)
}

struct FuzzAddresses: Sendable {
    let origin: SocketAddress
    /// Nobody listens there.
    let dead: SocketAddress
}

/// Changes nothing.
struct PlainLogic: ProxyHttp {
    let addresses: FuzzAddresses

    func upstreamPeer(_ session: borrowing Session, _ context: inout Void) -> HTTPPeer {
        peer(session, addresses)
    }
}

/// Has filters for both bodies, which change nothing: some pieces stay, some are replaced with a
/// copy of themselves, and some responses are held back a little.
struct FilteringLogic: ProxyHttp {
    let addresses: FuzzAddresses

    func upstreamPeer(_ session: borrowing Session, _ context: inout Void) -> HTTPPeer {
        peer(session, addresses)
    }

    func requestBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
        _ context: inout Void
    ) {
        if chunk.count % 2 == 1 { chunk.replace(with: chunk.bytes) }
    }

    func responseBodyFilter(
        _ session: borrowing Session, _ chunk: inout BodyChunk, isEnd: Bool,
        _ context: inout Void
    ) -> Duration? {
        if chunk.count % 3 == 1 { chunk.replace(with: chunk.bytes) }
        return chunk.count % 7 == 1 ? .milliseconds(120) : nil
    }
}
