import PingoraCore
import PingoraHTTP

/// What the sessions of one loop share so as not to make it anew for every request.
package final class WorkerMemory {
    /// The Date field of this second.
    var dates = HTTPDateCache()
    /// The type of the proxy that is served, and which callbacks are its own.
    let logic: ObjectIdentifier
    var callbacks = Callbacks.all
    private var timestamps = TimestampCache()
    private var line: [UInt8] = []

    /// The name of the service.
    let service: String
    /// Retries that are left.
    var retries: RetryBudget

    init<Logic: ProxyHttp>(of logic: Logic, service: String, _ options: ProxyOptions) {
        self.logic = ObjectIdentifier(Logic.self)
        self.service = service
        retries = RetryBudget(options)
        follow(logic)
    }

    /// Serves as `logic` wants it from now on.
    func follow(_ logic: some ProxyHttp) {
        callbacks = (logic as? any CallbackDeclaring)?.declaredCallbacks ?? .all
    }

    /// The time of day, as logs write it.
    package func timestamp() -> [UInt8] { timestamps.bytes(WallClock.nanoseconds) }

    /// Takes the memory in which a line of a log can be built.
    package func takeLine() -> [UInt8] {
        let taken = line
        line = []
        return taken
    }

    /// Gives it back.
    package func keepLine(_ line: consuming [UInt8]) { self.line = line }
}
