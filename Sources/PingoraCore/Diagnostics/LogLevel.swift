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

    /// The level of that name; nil if there is none.
    public init?(named name: String) {
        guard let level = LogLevel.allCases.first(where: { "\($0)" == name }) else { return nil }
        self = level
    }

    public static func < (first: LogLevel, second: LogLevel) -> Bool {
        first.rawValue < second.rawValue
    }
}
