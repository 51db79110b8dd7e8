import Testing

@testable import PingoraHTTP

@Suite("HTTPDate")
struct HTTPDateTests {
    static let table: [(Int64, String)] = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1, "Thu, 01 Jan 1970 00:00:01 GMT"),
        (86_399, "Thu, 01 Jan 1970 23:59:59 GMT"),
        (86_400, "Fri, 02 Jan 1970 00:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (68_169_599, "Mon, 28 Feb 1972 23:59:59 GMT"),
        (68_169_600, "Tue, 29 Feb 1972 00:00:00 GMT"),
        (68_256_000, "Wed, 01 Mar 1972 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
        (978_307_199, "Sun, 31 Dec 2000 23:59:59 GMT"),
        (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
        (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
        (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT"),
        (1_740_787_200, "Sat, 01 Mar 2025 00:00:00 GMT"),
        (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (253_402_300_800, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-1, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (.min, "Thu, 01 Jan 1970 00:00:00 GMT"),
    ]

    @Test("writes a date", arguments: table)
    func writes(seconds: Int64, text: String) {
        #expect(latin1(HTTPDate.bytes(seconds)) == text)
        var cache = HTTPDateCache()
        #expect(latin1(cache.bytes(seconds)) == text)
        #expect(latin1(cache.bytes(seconds)) == text)
        #expect(latin1(cache.bytes(0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(latin1(cache.bytes(seconds)) == text)
    }

    @Test("every day of four centuries follows the one before")
    func everyDay() {
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        var (year, month, day) = (1970, 0, 1)
        for number in 0..<146_097 {
            let two = day < 10 ? "0\(day)" : "\(day)"
            let expected = "\(weekdays[number % 7]), \(two) \(months[month]) \(year) 12:00:00 GMT"
            let seconds = Int64(number) * 86_400 + 43_200
            guard latin1(HTTPDate.bytes(seconds)) == expected else {
                Issue.record("\(latin1(HTTPDate.bytes(seconds))) is not \(expected)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            day += 1
            if day > lengths[month] { (month, day) = (month + 1, 1) }
            if month == 12 { (year, month) = (year + 1, 0) }
        }
        #expect(year == 2370)
    }
}
