import Testing

@testable import PingoraCore

@Suite("Log")
struct LogTests {
    @Test(
        "quotes and escapes whatever could forge a line",
        arguments: [
            ("plain", "plain"), ("", "\"\""), ("two words", "\"two words\""),
            ("a=b", "\"a=b\""), ("say \"hi\"", "\"say \\\"hi\\\"\""),
            ("line\nevent=forged", "\"line\\nevent=forged\""), ("\u{1b}[2J", "\"\\x1b[2J\""),
        ])
    func quotes(value: String, expected: String) {
        #expect(Log.quoted(value) == expected)
    }

    @Test(
        "writes RFC 3339 timestamps",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_709_164_799_999, "2024-02-28T23:59:59.999Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (4_102_444_800_001, "2100-01-01T00:00:00.001Z"),
        ] as [(Int64, String)])
    func timestamps(milliseconds: Int64, expected: String) {
        #expect(Timestamp(nanoseconds: milliseconds * 1_000_000).description == expected)
    }
}
