import Glibc

/// A moment of the wall clock as RFC 3339 writes it: `2026-11-24T14:03:09.123Z`.
package struct Timestamp: CustomStringConvertible {
    private let nanoseconds: Int64

    /// A moment `nanoseconds` after 1970.
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package var description: String {
        var cache = TimestampCache()
        return String(decoding: cache.bytes(nanoseconds), as: UTF8.self)
    }
}

/// Timestamps of one second differ in three digits: the cache formats only those.
package struct TimestampCache: Sendable {
    private var second = Int64.min
    private var text: [UInt8] = []
    /// Where the milliseconds begin.
    private static let fraction = 20

    /// A cache without a timestamp.
    package init() {}

    /// The 24 characters of a moment `nanoseconds` after 1970.
    package mutating func bytes(_ nanoseconds: Int64) -> [UInt8] {
        let current = nanoseconds / 1_000_000_000
        if current != second {
            second = current
            text = TimestampCache.format(current)
        }
        let milliseconds = Int(nanoseconds / 1_000_000 % 1000)
        text[TimestampCache.fraction] = UInt8(48 + milliseconds / 100)
        text[TimestampCache.fraction + 1] = UInt8(48 + milliseconds / 10 % 10)
        text[TimestampCache.fraction + 2] = UInt8(48 + milliseconds % 10)
        return text
    }

    private static func format(_ second: Int64) -> [UInt8] {
        var moment = time_t(second)
        // SAFETY: both structures live during the call; the fields read are plain numbers.
        var parts = unsafe tm()
        unsafe gmtime_r(&moment, &parts)
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        append(Int(year), digits: 4, then: 0x2d, to: &text)
        append(Int(month), digits: 2, then: 0x2d, to: &text)
        append(Int(day), digits: 2, then: 0x54, to: &text)
        append(Int(hour), digits: 2, then: 0x3a, to: &text)
        append(Int(minute), digits: 2, then: 0x3a, to: &text)
        append(Int(second), digits: 2, then: 0x2e, to: &text)
        append(0, digits: 3, then: 0x5a, to: &text)
        return text
    }

    private static func append(
        _ value: Int, digits: Int, then end: UInt8, to text: inout [UInt8]
    ) {
        let start = text.count
        var rest = value
        for _ in 0..<digits {
            text.insert(UInt8(48 + rest % 10), at: start)
            rest /= 10
        }
        text.append(end)
    }
}
