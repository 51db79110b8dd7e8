/// How much an event matters.
public enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    /// An operator must act.
    case error
    /// Service is degraded.
    case warning
    /// Lifecycle.
    case info
    /// Per request; off by default.
    case debug

    public static func < (first: LogLevel, second: LogLevel) -> Bool {
        first.rawValue < second.rawValue
    }
}
