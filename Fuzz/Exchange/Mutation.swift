import TestSupport

/// Changes to the bytes of a valid message.
enum Mutation {
    /// What readers of HTTP disagree about.
    private static let tokens = [
        "\r\n", "\r\n\r\n", "\n", "\r", "\u{0}", " ", "\t", ":", ",", ";", "0\r\n\r\n",
        "ffffffff\r\n",
        "1\r\n", "-1", "+1", "0x", "00", "18446744073709551616", "\r\n\t", "HTTP/1.0", "HTTP/1.1",
        "HTTP/2.0", "Content-Length: 5\r\n", "Content-Length: 0\r\n", "Content-Length: 99999\r\n",
        "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n",
        "transfer-encoding:\tchunked\r\n", "Connection: close\r\n", "Connection: keep-alive\r\n",
        "Connection: Content-Length, X-For\r\n", "Connection: upgrade\r\nUpgrade: echo\r\n",
        "Expect: 100-continue\r\n", "Trailer: X\r\n", "Host: b\r\n", "Max-Forwards: 0\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", "HEAD / HTTP/1.1\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    ].map { Array($0.utf8) }

    /// Changes `bytes` in one to four places.
    static func apply(to bytes: inout [UInt8], using random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            if bytes.isEmpty { bytes = [0x47] }
            change(&bytes, using: &random)
        }
    }

    private static func change(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        // Where the heads are, mostly.
        let reach = Bool.random(using: &random) ? min(bytes.count, 200) : bytes.count
        let index = Int.random(in: 0..<reach, using: &random)
        let length = Int.random(in: 1...min(64, bytes.count - index), using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
        case 3: bytes.remove(at: index)
        case 4: bytes.removeSubrange(index..<index + length)
        case 5: bytes.insert(contentsOf: Array(bytes[index..<index + length]), at: index)
        case 6: bytes.removeSubrange(index...)
        default: insertToken(&bytes, at: index, using: &random)
        }
    }

    /// At the beginning of a line where one is near, so that whole fields are added.
    private static func insertToken(
        _ bytes: inout [UInt8], at index: Int, using random: inout SeededGenerator
    ) {
        let token = tokens.randomElement(using: &random) ?? []
        let line = bytes[index...].firstIndex(of: 0x0a).map { $0 + 1 } ?? index
        let place = Int.random(in: 0..<3, using: &random) == 0 ? index : line
        if Bool.random(using: &random), place + token.count <= bytes.count {
            bytes.replaceSubrange(place..<place + token.count, with: token)
        } else {
            bytes.insert(contentsOf: token, at: place)
        }
    }
}
