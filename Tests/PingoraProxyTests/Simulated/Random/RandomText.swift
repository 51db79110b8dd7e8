import TestSupport

/// Messages by chance.
enum RandomText {
    /// The size of a body: up to `usual` bytes, and now and then so many that it takes large
    /// buffers.
    static func size(_ usual: Int, using random: inout SeededGenerator) -> Int {
        let isBulk = Int.random(in: 0..<40, using: &random) == 0
        return Int.random(in: isBulk ? 20_000...60_000 : 0...usual, using: &random)
    }

    /// `body` in chunks of any size, with extensions and trailers now and then.
    static func chunks(_ body: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            let size = Int.random(in: 1...rest.count, using: &random)
            let isExtended = Int.random(in: 0..<8, using: &random) == 0
            bytes += Array("\(String(size, radix: 16))\(isExtended ? ";a=b" : "")\r\n".utf8)
            bytes += rest.prefix(size) + [13, 10]
            rest = rest.dropFirst(size)
        }
        let hasTrailers = Int.random(in: 0..<8, using: &random) == 0
        return bytes + Array("0\r\n\(hasTrailers ? "X-Sum: 1\r\n" : "")\r\n".utf8)
    }

    /// A response that must not be taken for one.
    static func badResponse(using random: inout SeededGenerator) -> String {
        let responses = [
            "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/3.1 200 OK\r\n\r\n", "junk\r\n\r\n", "\u{0}\u{1}",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\n X: folded\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
            "HTTP/1.1 200 OK\r\nX: a\u{0}b\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 200 OK\r\nDa",
        ]
        return responses.randomElement(using: &random) ?? ""
    }

    /// An answer that nobody asked for.
    static let surplus =
        "HTTP/1.1 200 OK\r\nX-For: surplus\r\nContent-Length: 4\r\n\r\nevil"

    /// Requests of which nothing may reach an origin; nor may what stands behind them.
    static let attacks = [
        "GET  /evil HTTP/1.1\r\nHost: a\r\n\r\n", "GET /evil HTTP/1.1\r\n\r\n",
        "GET /evil HTTP/1.1\nHost: a\n\n", "GET /evil HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET /evil HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /evil\r\n\r\n",
        "GET /evil HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
        "GET /evil HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
        "GET /evil HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n",
        "GET /evil HTTP/2.0\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
        "POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
        "POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
        "POST /evil HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "POST /evil HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /evil HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /evil HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked"
            + "\r\n\r\n0\r\n\r\nX",
        "CONNECT evil:80 HTTP/1.1\r\nHost: evil:80\r\n\r\n",
    ]

    /// Chunked bodies whose request may have gone on its way before they turned out to be broken.
    static let brokenChunks = [
        "0x5\r\nhello\r\n0\r\n\r\n", "5\r\nhello!!\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n", "FFFFFFFFFFFFFFFF0\r\n", "5;\nhello\r\n0\r\n\r\n", "-1\r\n",
        "\r\n0\r\n\r\n", "5;a\rX\r\nhello\r\n0\r\n\r\n",
    ]
}
