/// Dates as HTTP writes them: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
public enum HTTPDate {
    /// The 29 characters of `seconds` since 1970, which must lie in the years 1970...9999.
    public static func bytes(_ seconds: Int64) -> [UInt8] {
        let seconds = max(0, min(seconds, 253_402_300_799))
        let days = Int(seconds / 86_400)
        let ofDay = Int(seconds % 86_400)
        let (year, month, day) = civil(days)
        var text: [UInt8] = []
        text.reserveCapacity(29)
        // 1 January 1970 was a Thursday.
        text += name(of: (days + 4) % 7, in: "SunMonTueWedThuFriSat")
        text.append(contentsOf: [0x2c, 0x20])
        appendTwo(day, &text)
        text.append(0x20)
        text += name(of: month - 1, in: "JanFebMarAprMayJunJulAugSepOctNovDec")
        text.append(0x20)
        appendTwo(year / 100, &text)
        appendTwo(year % 100, &text)
        text.append(0x20)
        appendTwo(ofDay / 3600, &text)
        text.append(0x3a)
        appendTwo(ofDay / 60 % 60, &text)
        text.append(0x3a)
        appendTwo(ofDay % 60, &text)
        text.append(static: " GMT")
        return text
    }

    private static func appendTwo(_ value: Int, _ text: inout [UInt8]) {
        text.append(UInt8(0x30 + value / 10))
        text.append(UInt8(0x30 + value % 10))
    }

    private static func name(of index: Int, in names: StaticString) -> ArraySlice<UInt8> {
        var all: [UInt8] = []
        all.append(static: names)
        return all[index * 3..<index * 3 + 3]
    }

    /// The Gregorian date of a day number since 1970, by 400-year eras that begin on a first of
    /// March, so that a leap day ends its year.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

/// The date of the last second, so that a response costs no formatting.
public struct HTTPDateCache: Sendable {
    private var second: Int64?
    private var text: [UInt8] = []

    /// A cache without a date.
    public init() {}

    /// The 29 characters of `seconds` since 1970.
    public mutating func bytes(_ seconds: Int64) -> [UInt8] {
        if seconds != second {
            second = seconds
            text = HTTPDate.bytes(seconds)
        }
        return text
    }
}
