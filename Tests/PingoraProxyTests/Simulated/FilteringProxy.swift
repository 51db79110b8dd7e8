import PingoraCore
import PingoraHTTP
import PingoraProxy

/// Has filters for both bodies, which change nothing: some pieces stay, some are replaced with a
/// copy of themselves, and some responses are held back a little.
struct FilteringProxy: ProxyHttp {
    func upstreamPeer(_ session: borrowing Session, _ context: inout Void) -> HTTPPeer {
        HTTPPeer(SimulatedProxy.originAddress)
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
