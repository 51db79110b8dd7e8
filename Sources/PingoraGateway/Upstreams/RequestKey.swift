import PingoraHTTP
import PingoraLB
import PingoraProxy

/// What ties a request to a server, for algorithms that hash.
enum RequestKey {
    /// The hash of the request's key; nil where the request has none, and is then spread by weight
    /// like any other.
    static func hash(
        _ session: borrowing Session, by key: GatewayConfiguration.HashKey, in pool: BackendPool
    ) -> UInt64? {
        switch key {
        case .uri: return session.request.withTarget { pool.hash($0) }
        case .path: return session.request.withPath { pool.hash($0) }
        case .host: return session.request.withHost { hash($0, in: pool) }
        case .clientAddress: return session.withClientHost { pool.hash($0) }
        case .header(let name):
            return session.request.fields.withValue(of: name) { hash($0, in: pool) }
        case .cookie(let name):
            return session.request.fields.withValue(of: .cookie) { list in
                guard let range = CookieList.value(of: name, in: list) else { return nil }
                return hash(list.extracting(range), in: pool)
            }
        }
    }

    private static func hash(_ key: Span<UInt8>, in pool: BackendPool) -> UInt64? {
        key.isEmpty ? nil : pool.hash(key)
    }
}

/// The value of a Cookie field: `a=1; b=2` (RFC 6265 §4.2.1). Pure.
enum CookieList {
    /// Where the value of the first cookie of this name stands; nil where there is none. Names are
    /// told apart by case.
    static func value(of name: String, in list: borrowing Span<UInt8>) -> Range<Int>? {
        let name = name.utf8
        var start = 0
        while start < list.count {
            var end = start
            while end < list.count, list[end] != UInt8(ascii: ";") { end += 1 }
            while start < end, list[start] == UInt8(ascii: " ") { start += 1 }
            if end - start > name.count, list[start + name.count] == UInt8(ascii: "="),
                name.enumerated().allSatisfy({ list[start + $0.offset] == $0.element })
            {
                return trimmed(start + name.count + 1..<end, list)
            }
            start = end + 1
        }
        return nil
    }

    private static func trimmed(_ range: Range<Int>, _ list: borrowing Span<UInt8>) -> Range<Int> {
        var end = range.upperBound
        while end > range.lowerBound, list[end - 1] == UInt8(ascii: " ") { end -= 1 }
        return range.lowerBound..<end
    }
}
