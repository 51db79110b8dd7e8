/// A moment of the wall clock as RFC 3339 writes it: `2026-11-24T14:03:09.123Z`.
package struct Timestamp: CustomStringConvertible {
    private let nanoseconds: Int64

    /// A moment `nanoseconds` after 1970.
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package var description: String {
        String(decoding: digits, as: UTF8.self)
    }

    /// The 24 characters, without making a string.
    package var digits: [UInt8] {
        let milliseconds = nanoseconds / 1_000_000
        let seconds = milliseconds / 1000
        let (year, month, day) = Timestamp.civil(seconds / 86_400)
        let ofDay = Int(seconds % 86_400)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func append(_ value: Int, _ width: Int, _ end: Character) {
            var divisor = width == 4 ? 1000 : width == 3 ? 100 : 10
            while divisor > 0 {
                text.append(UInt8(48 + value / divisor % 10))
                divisor /= 10
            }
            text.append(end.asciiValue ?? 32)
        }
        append(year, 4, "-")
        append(month, 2, "-")
        append(day, 2, "T")
        append(ofDay / 3600, 2, ":")
        append(ofDay / 60 % 60, 2, ":")
        append(ofDay % 60, 2, ".")
        append(Int(milliseconds % 1000), 3, "Z")
        return text
    }

    /// The proleptic Gregorian date of a day number since 1970, by whole 400-year eras that begin
    /// on a first of March, so that the leap day is the last day of its year.
    private static func civil(_ day: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(day) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
