import CLinux
import Synchronization

/// The log of the process: one event, one line, `key=value`.
public let log = Log(limited: false)

/// Writes events at and above a level to a ``LogWriter``, which never blocks the caller.
///
/// Values that come from a peer are quoted and escaped, so that no peer can forge a line.
public struct Log: Sendable {
    private let isLimited: Bool

    private struct Destination: Sendable {
        var writer: LogWriter?
        var lastSecond: [String: Int64] = [:]
    }

    private static let destination = Mutex<Destination>(Destination())
    private static let level = Atomic<Int>(LogLevel.info.rawValue)

    init(limited: Bool) {
        isLimited = limited
    }

    /// The same log, which writes an event of one name at most once a second.
    public var limited: Log { Log(limited: true) }

    /// Sends all that follows to `writer`, from `level` up.
    public static func start(_ writer: LogWriter, level: LogLevel) {
        destination.withLock { $0.writer = writer }
        self.level.store(level.rawValue, ordering: .relaxed)
    }

    /// Sends all that follows to standard error, unless it goes somewhere already.
    static func startIfNeeded() {
        destination.withLock { destination in
            // Standard error is open already, so this can't fail.
            if destination.writer == nil { destination.writer = try? LogWriter(.standardError) }
        }
    }

    /// Writes what has gathered, now and on the calling thread.
    static func flush() {
        destination.withLock { $0.writer }?.flush()
    }

    /// Whether events of `level` are written, to skip the work of making them.
    public static func writes(_ level: LogLevel) -> Bool {
        level.rawValue <= self.level.load(ordering: .relaxed)
    }

    /// Logs what an operator must act on.
    public func error(_ event: String, _ fields: (String, any CustomStringConvertible)...) {
        write(.error, event, fields)
    }

    /// Logs that service is degraded.
    public func warning(_ event: String, _ fields: (String, any CustomStringConvertible)...) {
        write(.warning, event, fields)
    }

    /// Logs a step in the life of the process.
    public func info(_ event: String, _ fields: (String, any CustomStringConvertible)...) {
        write(.info, event, fields)
    }

    /// Logs what only helps to find a fault.
    public func debug(_ event: String, _ fields: (String, any CustomStringConvertible)...) {
        write(.debug, event, fields)
    }

    private func write(
        _ level: LogLevel, _ event: String, _ fields: [(String, any CustomStringConvertible)]
    ) {
        guard Log.writes(level) else { return }
        let now = clinux_realtime()
        let writer = Log.destination.withLock { destination in
            if isLimited {
                guard destination.lastSecond[event] != now / 1_000_000_000 else {
                    return nil as LogWriter?
                }
                destination.lastSecond[event] = now / 1_000_000_000
            }
            return destination.writer
        }
        guard let writer else { return }
        var line = "\(Timestamp(nanoseconds: now)) level=\(level) event=\(event)"
        for (key, value) in fields { line += " \(key)=\(Log.quoted("\(value)"))" }
        writer.write(line + "\n")
    }

    /// `value` as it stands, or in quotes with escapes where it holds anything but plain text.
    static func quoted(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 34 && $0 != 61 }
        if isPlain, !value.isEmpty { return value }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 32 || scalar.value == 127:
                text += "\\x" + (scalar.value < 16 ? "0" : "")
                text += String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
