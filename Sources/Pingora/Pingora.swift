@_exported public import PingoraCore
@_exported public import PingoraHTTP
@_exported public import PingoraLB
@_exported public import PingoraProxy

extension HTTPPeer {
    /// The peer at a balancer's choice, with the default timeouts.
    public init(_ backend: Backend) {
        self.init(backend.address)
    }
}
