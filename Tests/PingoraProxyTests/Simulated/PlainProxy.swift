import PingoraCore
import PingoraHTTP
import PingoraProxy

/// Sends everything to one address and changes nothing.
struct PlainProxy: ProxyHttp {
    var peer = HTTPPeer(SimulatedProxy.originAddress)

    func upstreamPeer(_ session: borrowing Session, _ context: inout Void) -> HTTPPeer { peer }
}
