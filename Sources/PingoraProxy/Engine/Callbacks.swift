/// Which callbacks of a ``ProxyHttp`` are its own.
///
/// Calling an asynchronous callback through a protocol costs a frame and a check of the executor,
/// some 500 instructions. The defaults do nothing; the first time one is called it says so, and
/// the engine leaves it out from then on. A default can only speak for the type it was called on,
/// so that a proxy which passes calls on to another one is not taken for that one.
package struct Callbacks: OptionSet, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    static let earlyRequestFilter = Callbacks(rawValue: 1 << 0)
    static let requestBodyFilter = Callbacks(rawValue: 1 << 1)
    static let proxyUpstreamFilter = Callbacks(rawValue: 1 << 2)
    static let connectedToUpstream = Callbacks(rawValue: 1 << 3)
    package static let upstreamRequestFilter = Callbacks(rawValue: 1 << 4)
    static let upstreamResponseFilter = Callbacks(rawValue: 1 << 5)
    static let upstreamResponseBodyFilter = Callbacks(rawValue: 1 << 6)
    package static let responseFilter = Callbacks(rawValue: 1 << 7)
    static let responseBodyFilter = Callbacks(rawValue: 1 << 8)
    static let requestFilter = Callbacks(rawValue: 1 << 9)
    package static let logging = Callbacks(rawValue: 1 << 10)
    static let all = Callbacks(rawValue: 1 << 11 - 1)

    static let responseBody: Callbacks = [.upstreamResponseBodyFilter, .responseBodyFilter]
}

/// A proxy that says which callbacks are its own, so that nobody has to find out: a request moves
/// to another process only where it is known that no filter wants to see its bodies.
package protocol CallbackDeclaring {
    var declaredCallbacks: Callbacks { get }
}

extension Session {
    /// Notes that `callback` is the default one of `Logic`.
    func isDefault<Logic: ProxyHttp>(_ callback: Callbacks, of logic: Logic.Type) {
        guard memory.logic == ObjectIdentifier(logic) else { return }
        memory.callbacks.subtract(callback)
    }
}
