import PingoraCore
import PingoraHTTP

/// What the sessions of one loop share so as not to make it anew for every request.
package final class WorkerMemory {
    /// The Date field of this second.
    var dates = HTTPDateCache()
    private var timestamps = TimestampCache()
    private var line: [UInt8] = []

    package init() {}

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
