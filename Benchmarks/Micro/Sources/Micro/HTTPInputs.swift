/// Fixed inputs of the HTTP benchmarks: what a browser and a common origin send.
enum HTTPInputs {
    static let requestHead = Array(
        """
        GET /assets/site.css?v=20260101 HTTP/1.1\r
        Host: www.example.com\r
        User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r
        Accept: text/css,*/*;q=0.1\r
        Accept-Language: en-GB,en;q=0.5\r
        Accept-Encoding: gzip, deflate, br, zstd\r
        Referer: https://www.example.com/\r
        Connection: keep-alive\r
        Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r
        If-None-Match: "5f3e-abc"\r
        \r\n
        """.utf8)

    static let responseHead = Array(
        """
        HTTP/1.1 200 OK\r
        Server: nginx\r
        Date: Thu, 01 Jan 2026 00:00:00 GMT\r
        Content-Type: text/css\r
        Content-Length: 1024\r
        Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\r
        Connection: keep-alive\r
        ETag: "5f3e-abc"\r
        Cache-Control: max-age=3600\r
        Accept-Ranges: bytes\r
        \r\n
        """.utf8)

    /// A client that lists as many names of its own in Connection as are looked for, and fills
    /// the head with other fields.
    static let greedyHead: [UInt8] = {
        let names = (0..<32).map { "x-option-\($0)" }
        let fields = (0..<97).map { "X-Field--\($0): a\r\n" }.joined()
        let list = names.joined(separator: ", ")
        return Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: \(list)\r\n\(fields)\r\n".utf8)
    }()

    /// 16 chunks of 1 KiB and the last chunk.
    static let chunkedBody =
        Array(
            repeating: Array("400\r\n".utf8) + Array(repeating: 0x78, count: 1024)
                + Array("\r\n".utf8), count: 16
        ).flatMap { $0 } + Array("0\r\n\r\n".utf8)
}
