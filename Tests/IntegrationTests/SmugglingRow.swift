import Testing

/// Bytes for the proxy, and what must become of them.
struct SmugglingRow: Sendable, CustomTestStringConvertible {
    enum Expectation: Sendable {
        /// One answer with one of these statuses, nothing goes upstream, the connection ends.
        case refused([Int])
        /// The same, but what came before the fault has gone upstream already, as part of a request
        /// that never becomes whole.
        case refusedLate([Int])
        /// These requests go upstream: method, target, body.
        case served([String])
    }

    let testDescription: String
    /// One byte for each scalar up to U+00FF.
    let bytes: [UInt8]
    let expectation: Expectation

    init(_ name: String, _ text: String, _ expectation: Expectation = .refused([400])) {
        testDescription = name
        bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        self.expectation = expectation
    }

    /// What an attacker hopes to have served although the row is not.
    static let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
    static let post = "POST / HTTP/1.1\r\nHost: a\r\n"
    static let chunkedHead = post + "Transfer-Encoding: chunked\r\n\r\n"
    private static let hello = "5\r\nhello\r\n0\r\n\r\n"
    private static let five = "Content-Length: 5\r\n\r\nhello"

    /// Two lengths, or one that is not a plain number.
    static let lengths =
        [
            SmugglingRow(
                "length, coding",
                post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX"),
            SmugglingRow(
                "coding, length",
                post + "Transfer-Encoding: chunked\r\nContent-Length: 30\r\n\r\n0\r\n\r\nX"),
            SmugglingRow(
                "hidden request",
                post
                    + "Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
            ),
            SmugglingRow(
                "two lengths",
                post
                    + "Content-Length: 0\r\nContent-Length: 31\r\n\r\n"
                    + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
            ),
            SmugglingRow(
                "empty length first", post + "Content-Length: \r\nContent-Length: 43\r\n\r\n"),
            SmugglingRow(
                "equal lengths", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
            SmugglingRow("no colon", post + "Content-Length 10\r\n\r\nhello"),
            SmugglingRow("0x85 in name", post + "Content-Length\u{85}: 10\r\n\r\nhello"),
            SmugglingRow(
                "HTTP/1.0 with coding",
                "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + hello),
        ]
        + [
            "5, 10", "5, 5", "", "5,", "-1", "-0", "+5", "0x5", "0o5", "1_0", "5 5", "1Z", "1.5",
            "abc", "5;", "\u{0b}5", "005", "00", "0200", "18446744073709551616",
            "9223372036854775808", String(repeating: "9", count: 40), "\"5\"", "5\u{0}", "\u{b2}",
        ].map { value in
            SmugglingRow(
                "length \(value.debugDescription)", post + "Content-Length: \(value)\r\n\r\nhello",
                .refused([400, 413]))
        }

    private static let codingLines = [
        "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: gzip", "Transfer-Encoding: , chunked", "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: chunked,", "Transfer-Encoding: chunked;ext=val",
        "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: identity", "Transfer-Encoding:",
        "Transfer-Encoding: \u{0b}chunked", "Transfer-Encoding: \u{0c}chunked",
        "Transfer-Encoding: chunked\u{0}", "Transfer-Encoding: \u{a0}chunked\u{a0}",
        "Transfer-Encoding: \u{ff}chunked\u{ff}", "Transfer-Encoding : chunked",
        "Transfer-Encoding:\r\n chunked", "Transfer-\r\nEncoding: chunked",
        "X: y\r\n Transfer-Encoding: chunked", "Transfer-Encoding\u{0}: chunked",
        "Transfer-Encoding: chunk", "Transfer-Encoding: chunked chunked",
    ]

    /// Codings that some servers take for chunked and others don't.
    static let codings = codingLines.map { line in
        SmugglingRow(line.debugDescription, post + line + "\r\n\r\n" + hello, .refused([400, 501]))
    }

    /// The same beside a length.
    static let codingsWithLength = codingLines.map { line in
        SmugglingRow(
            line.debugDescription, post + line + "\r\nContent-Length: 5\r\n\r\nhello",
            .refused([400, 501]))
    }

    /// Bodies behind a head that says chunked.
    static let chunks = [
        "0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-1\r\nhello\r\n0\r\n\r\n",
        "-0x0\r\n\r\n", "1_0\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", "\r\n0\r\n\r\n", "0_2e\r\n\r\n",
        "1these-bytes\r\nZ\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFF0\r\n", "10000000000000005\r\nhello",
        "8000000000000000\r\nhello",
        String(repeating: "0", count: 5000) + "5\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello!!\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n", "0\r\n\n", "0\n\r\n", "5\rXhello\r\n0\r\n\r\n",
        "5\r\r;ABCD\r\nhello\r\n0\r\n\r\n", "2\r\r;a\r\n02\r\n41\r\n0\r\n\r\n",
        "5;\nhello\r\n0\r\n\r\n", "5;a\rX\r\nhello\r\n0\r\n\r\n", "5;a=b\nhello\r\n0\r\n\r\n",
        "5;bad[=x\r\nhello\r\n0\r\n\r\n", "5;\r\nhello\r\n0\r\n\r\n",
        "5;\u{0}ext\r\nhello\r\n0\r\n\r\n", "5;a=\"\r\nhello\r\n0\r\n\r\n",
        "5;ext=" + String(repeating: "a", count: 65536) + "\r\nhello\r\n0\r\n\r\n",
        "17\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n\r\n0\r\n\r\n",
        "INVALID!!!\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", "0\r\nX : y\r\n\r\n",
        "0\r\n X: y\r\n\r\n", "0\r\nX: a\r\n b\r\n\r\n", "0\r\nno colon\r\n\r\n",
        "\u{ff}\r\n", "5\r\nhel",
    ].map { body in
        SmugglingRow(
            body.prefix(40).debugDescription, chunkedHead + body, .refused([400, 413, 431]))
    }

    /// Chunked bodies that pass a limit on their way.
    static let longChunks = [
        String(repeating: "1;a=\(String(repeating: "b", count: 900))\r\nx\r\n", count: 100)
            + "0\r\n\r\n",
        "0\r\n" + String(repeating: "a: b\r\n", count: 100_000) + "\r\n",
        "0\r\nX: " + String(repeating: "a", count: 1 << 20) + "\r\n\r\n",
        String(repeating: "1\r\nx\r\n", count: 100_000) + "z",
    ].map { body in
        SmugglingRow(
            body.prefix(10).debugDescription, chunkedHead + body, .refusedLate([400, 431]))
    }

    /// What must work, with a second request right behind it.
    static let valid =
        [
            ("Chunked", post + "Transfer-Encoding: Chunked\r\n\r\n" + hello, "POST / hello"),
            ("tab", post + "Transfer-Encoding:\tchunked\r\n\r\n" + hello, "POST / hello"),
            ("space", post + "Transfer-Encoding: chunked \r\n\r\n" + hello, "POST / hello"),
            ("GET with a body", "GET / HTTP/1.1\r\nHost: a\r\n" + five, "GET / hello"),
            ("OPTIONS with a body", "OPTIONS / HTTP/1.1\r\nHost: a\r\n" + five, "OPTIONS / hello"),
            ("length 0", post + "Content-Length: 0\r\n\r\n", "POST / "),
            ("request as trailer", chunkedHead + "0\r\nX:POST / HTTP/1.1\r\n\r\n", "POST / "),
            ("upper case size", chunkedHead + "A\r\n0123456789\r\n0\r\n\r\n", "POST / 0123456789"),
            ("leading zeros", chunkedHead + "0005\r\nhello\r\n000\r\n\r\n", "POST / hello"),
            ("extension", chunkedHead + "5;a=\"b;\"\r\nhello\r\n0;c\r\n\r\n", "POST / hello"),
            ("empty line first", "\r\n" + post + "Content-Length: 0\r\n\r\n", "POST / "),
            ("request in a body", post + "Content-Length: 31\r\n\r\n" + next, "POST / " + next),
        ].map { SmugglingRow($0.0, $0.1, .served([$0.2, "GET /next "])) } + [
            SmugglingRow(
                "length 0 and a letter", post + "Content-Length: 0\r\n\r\nX",
                .served(["POST / ", "XGET /next "]))
        ]
}
