/// Heads that are not exact.
extension SmugglingRow {
    /// Request lines.
    static let requestLines =
        [
            SmugglingRow("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
            SmugglingRow("space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("line feed in the target", "GET /\nHTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("no version", "GET /\r\nHost: a\r\n\r\n"),
            SmugglingRow("space first", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("method no token", "G=\":<>(e),[T];?\" / HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("no slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("empty target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("asterisk", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("NUL in the target", "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("0xff in the target", "GET /\u{ff} HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("many empty lines", "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            SmugglingRow("only line feeds", "GET / HTTP/1.1\nHost: a\n\n"),
            SmugglingRow("carriage return", "GET / HTTP/1.1\rHost: a\r\n\r\n"),
            SmugglingRow(
                "preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .refused([400, 505])),
            SmugglingRow(
                "CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", .refused([405, 501])),
            SmugglingRow("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}"),
            SmugglingRow(
                "long target", "GET /\(String(repeating: "a", count: 1 << 20)) HTTP/1.1\r\n",
                .refused([414])),
            SmugglingRow(
                "long method", "\(String(repeating: "A", count: 1 << 20)) / HTTP/1.1\r\n",
                .refused([400, 501])),
        ]
        + [
            "HTTP/1.2", "HTTP/01.1", "HTTP/1.32", "http/1.1", "HTTP/4294967295.255",
            "HTTP/\r\r1.1", "HTTP/2.0", "HTTP/1.", "HTTP/1", "HTTP 1.1", "HTTP/1,1", "HTTP/0.9",
            "HTTP/3.0", "XTTP/1.1",
        ].map { version in
            SmugglingRow(
                version.debugDescription, "GET / \(version)\r\nHost: a\r\n\r\n",
                .refused([400, 505]))
        }

    private static let head = "GET / HTTP/1.1\r\nHost: a\r\n"

    /// Field lines.
    static let fieldLines =
        [
            "X: va\rlue", "X: a\rSmuggled: b", "X: v\u{0}alue", "X: a\r\n b", "X: a\r\n\tb", ": x",
            ":", "Host : a", "X : a", "X\t: a", "\u{0b}X: a", "c\u{0}", "no colon", "X: a\nY: b",
            "X: a\u{1}", "X: a\u{7f}", "Host: b", "\u{e9}: a", "X\u{a0}: a",
        ].map { SmugglingRow($0.debugDescription, head + $0 + "\r\n\r\n") }
        + "\"(),/;<=>?@[\\]{} ".map {
            SmugglingRow("X\($0)Y", head + "X\($0)Y: a\r\n\r\n")
        }
        + [
            "Host: a, b", "Host: a/b", "Host: u@a", "Host: a:99999", "Host: a#b", "Host: a b",
            "Host: a?b", "Host: good\u{0}.evil", "Host: [::1", "Host: a:b", "Host: a\\b",
            "Host: a\r\nHost: a", "Host: a\r\nhost: b", " Host: a", "X: y",
        ].map { SmugglingRow($0.debugDescription, "GET / HTTP/1.1\r\n" + $0 + "\r\n\r\n") }
        + [
            SmugglingRow("head end", head + "\r\rZGET /smuggled HTTP/1.1\r\n\r\n"),
            SmugglingRow(
                "many fields", head + String(repeating: "a: b\r\n", count: 100_000),
                .refused([431])),
            SmugglingRow(
                "long field", head + "X: " + String(repeating: "a", count: 1 << 20),
                .refused([431])),
            SmugglingRow(
                "long name", head + String(repeating: "a", count: 1 << 20) + ": b\r\n\r\n",
                .refused([431])),
        ]
}
