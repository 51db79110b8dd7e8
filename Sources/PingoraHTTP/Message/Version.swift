/// The HTTP versions a message may have.
public enum Version: UInt8, Sendable, Comparable, CustomStringConvertible {
    case http10
    case http11

    public static func < (older: Version, newer: Version) -> Bool {
        older.rawValue < newer.rawValue
    }

    public var description: String { self == .http11 ? "HTTP/1.1" : "HTTP/1.0" }
}
